// Statements about a provider, or about claims on it.
UNWIND $rows AS row
MATCH (t:Provider {id: row.key})
MATCH (s:Statement {id: row.statement})
MERGE (s)-[r:CONCERNS {id: row.id}]->(t)
SET r.claim = row.claim
