UNWIND $rows AS row
MERGE (d:Domain {name: row.key})
