// Where companies are based; merged from the company, because a country has thousands.
UNWIND $rows AS row
MATCH (c:Company {id: row.company})
MATCH (k:Country {code: row.country})
MERGE (c)-[r:BASED_IN {id: row.id}]->(k)
SET r.claim = row.claim, r.source = row.source, r.run = row.run, r.evidence = row.evidence,
    r.known_from = date(row.known_from), r.known_until = date(row.known_until), r.basis = row.basis,
    r.verified = row.verified, r.note = row.note, r.from = date(row.from), r.until = date(row.until),
    r.until_known = date(row.until_known), r.from_text = row.from_text, r.until_text = row.until_text
