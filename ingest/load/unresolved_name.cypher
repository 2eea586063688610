// Provider labels that nobody could resolve.
UNWIND $rows AS row
MERGE (u:UnresolvedName {id: row.id})
SET u.label = row.label, u.source = row.source
