// Statements about a domain, or about claims on it.
UNWIND $rows AS row
MATCH (t:Domain {name: row.key})
MATCH (s:Statement {id: row.statement})
MERGE (t)<-[r:CONCERNS {id: row.id}]-(s)
SET r.claim = row.claim, r.retracts = row.retracts
