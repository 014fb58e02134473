"""`flags[]` of an article: what ingest dropped, assumed or removed. A flag never refuses an article.

A value that is present but bad in any field other than `title`, `url`, `id` and `status` is
dropped and leaves `bad_<field>`; the other flags say what was assumed or cleaned away.
"""

from __future__ import annotations

FLAGS: dict[str, str] = {
    # dropped
    "bad_text": "text is not a string",
    "bad_description": "description is not a string or is over the limit",
    "bad_published_at": "published_at is unreadable; the arrival time stands in",
    "bad_updated_at": "updated_at is unreadable",
    "bad_version": "version is not a string or number of at most 256 characters",
    "bad_correction": "correction has no text, or its time is unreadable",
    "bad_language": "language is not a BCP 47 tag; the language was detected",
    "bad_publisher": "publisher is neither a name nor {name, domain, country}",
    "bad_publisher_domain": "publisher.domain is no host name; dropped",
    "bad_publisher_country": "publisher.country is no ISO 3166 two-letter code; dropped",
    "bad_original_publisher": "original_publisher is not a name",
    "bad_original_url": "original_url is not an absolute http(s) URL",
    "bad_authors": "authors is no list of names, or part of it was dropped",
    "bad_image_url": "image_url is not an absolute http(s) URL",
    "bad_paywalled": "paywalled is neither true nor false",
    "bad_genre": "genre is not a string of at most 256 characters",
    "bad_subjects": "subjects is no list of names, or part of it was dropped",
    "bad_dateline": "dateline is not a string of at most 256 characters",
    "bad_expires_at": "expires_at is unreadable",
    "bad_article_id": "article_id is not `a-` and 24 hex digits; url or id named the article",
    "article_id_ignored": "article_id counts only together with status; url or id named the article",
    # assumed
    "date_only": "published_at is a date without a time: 00:00 UTC",
    "published_at_no_zone": "published_at has no time zone: taken as UTC",
    "updated_at_no_zone": "updated_at has no time zone: taken as UTC",
    "expires_at_no_zone": "expires_at has no time zone: taken as UTC",
    "clamped": "published_at is more than an hour ahead; the arrival time stands in",
    "updated_at_ahead": "updated_at is more than an hour ahead; it orders the revisions all the same",
    "language_mismatch": "the text is clearly in another language than the declared one, which stands",
    "aggregator_url": "url is an aggregator's; the publisher is the declared one, unverified",
    # cleaned away
    "mojibake_fixed": "text decoded with the wrong encoding was repaired",
    "boilerplate_text": "banners, share lines, code and the like were removed from text",
    "boilerplate_only": "nothing but boilerplate was in text; it was dropped",
    "bot_wall": "text (or title) was a bot check or an access notice, not the article",
    "truncated_text": "text ends where the sender cut it off",
    "html_unreadable": "the markup of text could not be parsed; its tags were stripped",
}
"""Every flag and what it means."""
