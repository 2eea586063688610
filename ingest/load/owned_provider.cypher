// Who owns or operates a provider; merged from the owned end, because an owner may have thousands.
// What a list says again keeps the day and the evidence by which it was known first.
UNWIND $rows AS row
MATCH (t:Provider {id: row.key})
MATCH (o:Company {id: row.owner})
MERGE (t)-[r:OWNED_BY {id: row.id}]->(o)
SET r.evidence = CASE WHEN r.known_from < date(row.known_from) AND row.source <> 'catalogue' THEN r.evidence
        ELSE row.evidence END,
    r.known_from = CASE WHEN r.known_from < date(row.known_from) AND row.source <> 'catalogue' THEN r.known_from
        ELSE date(row.known_from) END,
    r.claim = row.claim, r.source = row.source, r.run = row.run, r.known_until = date(row.known_until), r.basis = row.basis,
    r.share = row.share, r.control = row.control, r.scope = row.scope, r.verified = row.verified,
    r.note = row.note, r.from = date(row.from), r.until = date(row.until), r.until_known = date(row.until_known),
    r.from_text = row.from_text, r.until_text = row.until_text
