// The versions of a data set that were loaded whole.
MATCH (r:Run {source: $source})
WHERE r.finished
RETURN DISTINCT r.dated AS dated
ORDER BY dated
