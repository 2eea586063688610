// Statements about a company, or about claims on it.
UNWIND $rows AS row
MATCH (t:Company {id: row.key})
MATCH (s:Statement {id: row.statement})
MERGE (t)<-[r:CONCERNS {id: row.id}]-(s)
SET r.claim = row.claim, r.retracts = row.retracts
