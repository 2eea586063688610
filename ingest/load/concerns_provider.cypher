// Statements about a provider, or about claims on it.
UNWIND $rows AS row
MATCH (t:Provider {id: row.key})
MATCH (s:Statement {id: row.statement})
MERGE (t)<-[r:CONCERNS {id: row.id}]-(s)
SET r.claim = row.claim, r.retracts = row.retracts
