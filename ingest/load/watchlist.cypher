// Lists and their legal effect.
UNWIND $rows AS row
MERGE (w:Watchlist {id: row.id})
SET w.name = row.name, w.publisher = row.publisher, w.country = row.country, w.effect = row.effect,
    w.legal_effect = row.legal_effect, w.url = row.url
