// question = "Which listed companies have no known domain, so that nobody can look who serves them?"
// about = """
// One row per company that stands on the list on the day asked for and of which no domain is known. Silence would
// read as innocence: of these nothing was checked. `claims` counts what was published about the company itself.
// """
// says_not = """
// Not that the company has no domain: only that no source that was loaded names one. A domain of its parent or of a
// subsidiary does not count here.
// """
// tags = ["honesty"]
// maturity = "stable"
//
// [parameters.list]
// type = "string"
// doc = "the watchlist"
// default = "us-entity-list"
// example = "us-cmic"
//
// [columns]
// company = "the listed company"
// id = "its id"
// kind = "company, public-body, or untyped where nobody said"
// list = "the list"
// listed_from = "since when; `by DATE` where the list states no beginning"
// named = "the names as listed"
// destination = "countries of the addresses or destinations as listed"
// claims = "how many claims are about the company itself"
WITH date($as_of) AS as_of, date($known_on) AS known_on
// listings that hold on the day, and that no newer version of another source has closed
MATCH (w:Watchlist {id: $list})<-[l:LISTED_ON]-(c:Company)
WHERE l.known_from <= known_on AND (l.known_until IS NULL OR l.known_until > known_on)
  AND l.from <= as_of AND (l.until IS NULL OR l.until > as_of OR l.until_known > known_on)
  AND NOT EXISTS {
    MATCH (c)-[x:LISTED_ON]->(w)
    WHERE x.named = l.named AND x.source <> l.source AND x.until > l.from AND x.until <= as_of
      AND x.until_known > l.known_from AND x.until_known <= known_on
      AND (x.known_until IS NULL OR x.known_until > known_on)
  }
  AND NOT EXISTS {
    MATCH (c)<-[r:OWNED_BY]-(:Domain)
    WHERE r.known_from <= known_on AND (r.known_until IS NULL OR r.known_until > known_on)
      AND (r.from IS NULL OR r.from <= as_of) AND (r.until IS NULL OR r.until > as_of OR r.until_known > known_on)
  }
WITH as_of, known_on, w.id AS list, c, l
ORDER BY l.named, l.destination
WITH as_of, known_on, list, c, min(l.from) AS from, min(l.stated_from) AS stated_from,
     collect(DISTINCT l.named) AS named, collect(DISTINCT l.destination) AS destination
RETURN c.name AS company, c.id AS id, c.kind AS kind, list, coalesce(stated_from, 'by ' + toString(from)) AS listed_from,
       named, destination,
       COUNT {
         MATCH (c)<-[s:SERVES|SAID_TO_SERVE]-(:Provider)
         WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
           AND s.first_seen_min <= as_of
       } AS claims
ORDER BY company, id
