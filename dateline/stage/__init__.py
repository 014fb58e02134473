"""The stage every service stands on: consume, decide, commit once.

`unordered` reads with a consumer group (ingest), `ordered` by position under a lease (cluster,
publish). Both read in batches bounded by count and bytes, retry, write dead letters and trim.
"""
