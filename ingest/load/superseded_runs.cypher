// Earlier loads of the catalogue: what they said is replaced, so they are no longer whole.
MATCH (r:Run {kind: 'catalogue'})
WHERE r.id <> $run AND r.finished
SET r.finished = false
