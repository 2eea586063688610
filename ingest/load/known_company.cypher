UNWIND $keys AS key
MATCH (n:Company {id: key})
RETURN key
