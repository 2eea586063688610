// Brands and platforms, as the catalogue names them.
UNWIND $rows AS row
MERGE (p:Provider {id: row.id})
SET p.name = row.name, p.names = row.names, p.services = row.services, p.website = row.website
