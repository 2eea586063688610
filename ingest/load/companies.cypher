// What the store knows of these companies.
UNWIND $keys AS key
MATCH (c:Company {id: key})
RETURN c.id AS id, c.name AS name, c.names AS names, c.identifiers AS identifiers, c.kind AS kind, c.rank AS rank
