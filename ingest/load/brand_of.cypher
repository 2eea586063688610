UNWIND $rows AS row
MATCH (p:Provider {id: row.provider})
MATCH (b:Provider {id: row.brand})
MERGE (p)-[r:BRAND_OF {id: row.id}]->(b)
SET r.claim = row.claim, r.source = row.source, r.run = row.run, r.evidence = row.evidence,
    r.known_from = date(row.known_from), r.known_until = date(row.known_until)
