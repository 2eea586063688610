UNWIND $keys AS key
MATCH (n:Statement {id: key})
RETURN key
