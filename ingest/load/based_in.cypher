// Where companies are based; merged from the company, because a country has thousands.
// What a list says again keeps the day and the evidence by which it was known first.
UNWIND $rows AS row
MATCH (c:Company {id: row.company})
MATCH (k:Country {code: row.country})
MERGE (c)-[r:BASED_IN {id: row.id}]->(k)
SET r.evidence = CASE WHEN r.known_from < date(row.known_from) AND row.source <> 'catalogue' THEN r.evidence
        ELSE row.evidence END,
    r.known_from = CASE WHEN r.known_from < date(row.known_from) AND row.source <> 'catalogue' THEN r.known_from
        ELSE date(row.known_from) END,
    r.claim = row.claim, r.source = row.source, r.run = row.run, r.known_until = date(row.known_until), r.basis = row.basis,
    r.verified = row.verified, r.note = row.note, r.from = date(row.from), r.until = date(row.until),
    r.until_known = date(row.until_known), r.from_text = row.from_text, r.until_text = row.until_text
