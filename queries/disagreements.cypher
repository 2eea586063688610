// question = "Where do two sources name different providers for one service of one host at one time?"
// about = """
// One row per pair of claims: the same service, host and (where both say it) role, another source, another provider, and
// windows that overlap. Two sources that agree on one provider do not disagree because one of them names a second.
// Subjects are the companies on the list, or the one asked for, and the domains that they own.
// """
// says_not = """
// Not which source is right, and not that one must be wrong: two providers may serve one host together, and a brand and
// its reseller may both be named. Labels that nobody could resolve are not compared.
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
// [parameters.entity]
// type = "string"
// doc = "only this company, by its id, on a list or not"
// example = "hikvision"
//
// [parameters.scope]
// type = "string"
// doc = "what the domain is for: corporate, product or attack-infrastructure, never mixed"
// default = "corporate"
// example = "attack-infrastructure"
//
// [columns]
// company = "whose it is"
// domain = "the domain served; empty where neither source names one"
// host = "the host that both speak of"
// service = "what is provided"
// provider = "whom one source names"
// source = "that source"
// seen = "when: from the first possible day to the last"
// other_provider = "whom the other source names"
// other_source = "that source"
// other_seen = "when: from the first possible day to the last"
// same_time = "yes: both certainly on one day; or cannot tell"
// taken_back = "providers of the two whose claim was taken back after the day of our knowledge"
// evidence = "what both rest on: each with id, source, address, date"
WITH date($as_of) AS as_of, date($known_on) AS known_on
// companies on the list on the day, or the one that was asked for
CALL (as_of, known_on) {
  MATCH (w:Watchlist {id: $list})<-[l:LISTED_ON]-(c:Company)
  WHERE $entity IS NULL
    AND l.known_from <= known_on AND (l.known_until IS NULL OR l.known_until > known_on)
    AND l.from <= as_of AND (l.until IS NULL OR l.until > as_of OR l.until_known > known_on)
    AND NOT EXISTS {
      MATCH (c)-[x:LISTED_ON]->(w)
      WHERE x.named = l.named AND x.source <> l.source AND x.until > l.from AND x.until <= as_of
        AND x.until_known > l.known_from AND x.until_known <= known_on
        AND (x.known_until IS NULL OR x.known_until > known_on)
    }
  RETURN DISTINCT c
  UNION
  MATCH (c:Company {id: $entity})
  RETURN c
}
// what is known of each and of its domains
CALL (c, as_of, known_on) {
  MATCH (c)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
  WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on) AND s.first_seen_min <= as_of
    AND s.scope = $scope
  RETURN c AS t, s, p
  UNION ALL
  MATCH (c)<-[o:OWNED_BY]-(t:Domain)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
  WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on) AND s.first_seen_min <= as_of
    AND CASE WHEN s.scope <> 'corporate' THEN s.scope ELSE coalesce(o.scope, 'corporate') END = $scope
    AND o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
    AND (o.from IS NULL OR o.from <= s.last_seen_min AND o.from <= as_of)
    AND (o.until IS NULL OR o.until > s.last_seen_max OR o.until > as_of OR o.until_known > known_on)
  RETURN t, s, p
}
WITH DISTINCT c, t, s, p
WITH c, t, s.service AS service, coalesce(s.host, CASE WHEN t:Domain THEN t.name END) AS host, collect({s: s, p: p}) AS told
WHERE size(told) > 1 AND service <> 'unspecified'
UNWIND told AS a
UNWIND told AS b
WITH c, t, service, host, told, a.p AS p, b.p AS q, a.s AS s, b.s AS z
WHERE p.id < q.id AND s.source <> z.source AND (s.role IS NULL OR z.role IS NULL OR s.role = z.role)
  AND s.first_seen_min <= z.last_seen_max AND z.first_seen_min <= s.last_seen_max
  AND NOT any(x IN told WHERE x.p = q AND x.s.source = s.source OR x.p = p AND x.s.source = z.source)
WITH c, t, service, host, p, q, s, z
RETURN c.name AS company, CASE WHEN t:Domain THEN t.name END AS domain, host, service, p.name AS provider,
       s.source AS source, toString(s.first_seen_min) + CASE WHEN s.first_seen_min = s.last_seen_max THEN ''
         ELSE '/' + toString(s.last_seen_max) END AS seen,
       q.name AS other_provider, z.source AS other_source,
       toString(z.first_seen_min) + CASE WHEN z.first_seen_min = z.last_seen_max THEN ''
         ELSE '/' + toString(z.last_seen_max) END AS other_seen,
       CASE WHEN s.first_seen_max <= z.last_seen_min AND z.first_seen_max <= s.last_seen_min THEN 'yes'
            ELSE 'cannot tell' END AS same_time,
       [x IN [[s.known_cause, p.name], [z.known_cause, q.name]] WHERE x[0] = 'retraction' | x[1]] AS taken_back,
       COLLECT {
         UNWIND s.evidence + z.evidence AS evidence_id
         MATCH (e:Evidence {id: evidence_id})
         WITH DISTINCT e
         RETURN {id: e.id, source: e.source, url: e.url, date: coalesce(e.date_text, toString(e.date)),
                 locator: e.locator}
         ORDER BY e.source, e.url, e.id
       } AS evidence
ORDER BY company, c.id, domain, host, service, provider, other_provider, source, other_source, seen, other_seen, s.id,
         z.id
