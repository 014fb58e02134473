"""Words by which a name is told: titles before people, words of organisations, what is no name."""

from __future__ import annotations

PERSON_TITLES = frozenset(
    "President Prime Minister Vice Deputy Chancellor King Queen Prince Princess Pope Secretary General "
    "Governor Gov. Senator Sen. Sens. Representative Rep. Reps. Congressman Congresswoman Mayor Judge "
    "Justice Chief Attorney Ambassador Foreign Defense Defence Finance Interior Treasury State Minister "
    "Ministry Spokesman Spokeswoman Spokesperson Director Chairman Chairwoman Chair Speaker Leader "
    "Commissioner Commonwealth Sheriff Detective Sergeant Captain Colonel General Lieutenant Major "
    "Admiral Doctor Dr. Dr Professor Prof. Mr. Mr Mrs. Mrs Ms. Ms Sir Lord Lady Dame Rev. Reverend "
    "Bishop Cardinal Archbishop Sheikh Imam Rabbi CEO Executive Officer Republican Republicans Democrat "
    "Democratic Democrats Labour Conservative District U.S. US British Lt. Col. Gen. Maj. Capt. Sgt. "
    "Former Supreme Court Homeland Security Border Czar External Affairs Union House Majority Minority "
    "Senate Texas Acting Assistant Press National Adviser Advisor First Secretary-General Commerce "
    "Trade Gouverneur Presidente Président Präsident Bundeskanzler Premier Congressional Communications "
    "Deputies Under Associate".split()
)
ORGANISATION_WORDS = frozenset(
    "Ministry Department Agency Court Council Committee Commission University College Institute Bank "
    "Corp Corp. Inc Inc. Ltd Ltd. LLC Group Party Union Association Federation Organization "
    "Organisation Foundation Authority Bureau Office Police Army Navy Force Forces Guard Parliament "
    "Congress Senate House Assembly Cabinet Company Times Post News Journal Herald Guardian Airlines "
    "Airways Motors Technologies Systems Industries Holdings Center Centre Hospital School Club League "
    "Administration Service Services Board Fund Alliance Furniture Foods Stores Pharmaceuticals Energy "
    "Records Studios Games Hotels Insurance Bancorp Network Movement Society Trust Tribunal Command "
    "Corps Legislature Reserve Programme Program Republicans Democrats FC Nations Ministerio Gobierno "
    "Partido Universidad Ministère Gouvernement Université Ministerium Universität".split()
)
NOT_NAMES = frozenset(
    "Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June "
    "July August September October November December The A An In On At But And He She It They We I You "
    "This That These Those For If When While After Before As With By From To Of Or Not No Yes His Her "
    "Their Our My Its There Here What Who Why How Where Which All Some Many Most One Two Three "
    "According However Meanwhile Read More Photo Image Video AM PM GMT UTC EST EDT ET BST TV Mr Mrs Ms "
    "Dr God Internet Christmas Easter Advertisement Share Copy Link Also Though Although Because Since "
    "Despite During Under Over Among Even Just Still Then Now Yet Once Until Both Each Every Another "
    "Other Such Only Former Today Tomorrow Yesterday".split()
)
# In lower case before a name: what somebody is.
ROLES = frozenset(
    "spokesman spokeswoman spokesperson minister chief leader analyst professor coach lawyer attorney "
    "mayor judge director president chairman chairwoman secretary ambassador governor senator "
    "journalist economist researcher scientist expert founder chief-executive captain officer commander "
    "general activist actor actress singer author writer witness resident driver pilot teacher student "
    "manager editor reporter wife husband son daughter brother sister mother father colleague partner "
    "suspect victim ministra ministro presidente portavoz juez alcalde ministre président porte-parole "
    "maire sprecher sprecherin minister präsident richter".split()
)
HUMAN_TITLES = frozenset(
    "President Minister Chancellor King Queen Prince Princess Pope Governor Gov. Senator Sen. Rep. "
    "Congressman Mayor Congresswoman Judge Justice Ambassador Spokesman Spokeswoman Spokesperson Director "
    "Chairman Chairwoman Speaker Sheriff Captain Colonel General Admiral Doctor Dr. Dr Professor Prof. Mr. "
    "Mr Mrs. Mrs Ms. Ms Sir Lord Lady Bishop Cardinal Sheikh CEO Lt. Col. Gen. Secretary Presidente "
    "Präsident Président".split()
)
# Common words that head the news as surnames.
KNOWN_SURNAMES = frozenset(
    "Trump Biden Bush Brown King Young Lee Johnson Smith Scott Green White Black Rice Hall".split()
)
NOT_PEOPLE = frozenset(
    "River Lake Mount Saint Old New North South East West RAF Fort Port Camp Cape Al Greater Upper Lower "
    "Radical KM MV SS HMS USS Rival St. Sports Lake".split()
)
