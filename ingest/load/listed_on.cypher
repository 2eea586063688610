// Listings; merged from the company, because a list has thousands.
UNWIND $rows AS row
MATCH (c:Company {id: row.company})
MATCH (w:Watchlist {id: row.watchlist})
MERGE (c)-[r:LISTED_ON {id: row.id}]->(w)
SET r.claim = row.claim, r.source = row.source, r.run = row.run, r.evidence = row.evidence,
    r.known_from = date(row.known_from), r.known_until = date(row.known_until), r.entry = row.entry,
    r.named = row.named, r.original = row.original, r.destination = row.destination,
    r.programme = row.programme, r.note = row.note, r.citations = row.citations, r.verified = row.verified,
    r.from = date(row.from), r.until = date(row.until), r.until_known = date(row.until_known),
    r.from_earliest = date(row.from_earliest), r.until_latest = date(row.until_latest),
    r.stated_from = row.stated_from, r.stated_until = row.stated_until, r.from_published = date(row.from_published),
    r.corrected_by = row.corrected_by, r.version_first = date(row.version_first),
    r.version_last = date(row.version_last)
