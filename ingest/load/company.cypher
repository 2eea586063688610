// Companies, already merged with what the store had.
UNWIND $rows AS row
MERGE (c:Company {id: row.id})
SET c.name = row.name, c.names = row.names, c.identifiers = row.identifiers, c.kind = row.kind, c.rank = row.rank
