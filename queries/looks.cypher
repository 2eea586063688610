// question = "What was looked at of the companies on a list (default: the U.S. Entity List), when, from where, and what came of it?"
// about = """
// One row for each domain of a listed company, service and host: the newest look by the day asked for. Where nobody
// looked for a service there is a row that says so: a gap is no finding.
// """
// says_not = """
// Not who serves: an answer says that we could see, not what. A look that timed out, or was refused, says nothing of
// the service. Companies without a known domain are not here; no-known-domain has them.
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
// [parameters.service]
// type = "string"
// doc = "only this service"
// example = "email"
//
// [parameters.scope]
// type = "string"
// doc = "what the domain is for: corporate, product or attack-infrastructure, never mixed"
// default = "corporate"
// example = "product"
//
// [columns]
// company = "the listed company"
// domain = "a domain of its own"
// service = "what was looked for"
// host = "where; empty where nobody looked"
// outcome = "ok, absent, nodata, timeout, refused, …; never looked at"
// looked = "the day of the look"
// vantage = "from where was looked"
// final_host = "where redirects led; empty where they stayed"
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
WITH DISTINCT as_of, known_on, c
MATCH (c)<-[o:OWNED_BY]-(d:Domain)
WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
  AND (o.from IS NULL OR o.from <= as_of) AND (o.until IS NULL OR o.until > as_of OR o.until_known > known_on)
  AND coalesce(o.scope, 'corporate') = $scope
WITH DISTINCT as_of, known_on, c, d
UNWIND ['web-hosting', 'cdn', 'email', 'certificate', 'nameserver', 'cms', 'registrar'] AS service
WITH as_of, known_on, c, d, service
WHERE $service IS NULL OR service = $service
OPTIONAL MATCH (d)<-[look:CHECKED]-(:Run)
WHERE look.service = service AND date(look.time) <= as_of AND date(look.time) <= known_on
WITH c, d, service, look
ORDER BY look.time DESC, look.id
WITH c, d, service, look.host AS host, head(collect(look)) AS newest
RETURN c.name AS company, d.name AS domain, service, host,
       coalesce(newest.outcome, 'never looked at') AS outcome, toString(date(newest.time)) AS looked,
       newest.vantage AS vantage, newest.final_host AS final_host
ORDER BY company, domain, service, host, c.id
