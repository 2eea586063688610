// Statements about a domain, or about claims on it.
UNWIND $rows AS row
MATCH (t:Domain {name: row.key})
MATCH (s:Statement {id: row.statement})
MERGE (s)-[r:CONCERNS {id: row.id}]->(t)
SET r.claim = row.claim
