// Who owns or operates a domain; merged from the owned end, because an owner may have thousands.
UNWIND $rows AS row
MATCH (t:Domain {name: row.key})
MATCH (o:Company {id: row.owner})
MERGE (t)-[r:OWNED_BY {id: row.id}]->(o)
SET r.claim = row.claim, r.source = row.source, r.run = row.run, r.evidence = row.evidence,
    r.known_from = date(row.known_from), r.known_until = date(row.known_until), r.basis = row.basis,
    r.share = row.share, r.control = row.control, r.scope = row.scope, r.verified = row.verified,
    r.note = row.note, r.from = date(row.from), r.until = date(row.until), r.until_known = date(row.until_known),
    r.from_text = row.from_text, r.until_text = row.until_text
