UNWIND $rows AS row
MERGE (k:Country {code: row.key})
