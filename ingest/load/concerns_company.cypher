// Statements about a company, or about claims on it.
UNWIND $rows AS row
MATCH (t:Company {id: row.key})
MATCH (s:Statement {id: row.statement})
MERGE (s)-[r:CONCERNS {id: row.id}]->(t)
SET r.claim = row.claim
