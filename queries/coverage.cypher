// question = "What does an answer about a list rest on: who was in scope, what was looked at, what is missing?"
// about = """
// The denominators under every answer: of the companies on the list on the day, how many have a known domain, how many
// domains were looked at, what stands of the facts about them. Domains are those of the listed companies, of their
// subsidiaries and of their parents, in the scope asked for. Each fact is one interval of one claim.
// """
// says_not = """
// Not how much there is to know: a company without a known domain, or a domain that nobody looked at, may be served by
// anybody. A file of a list covers several lists, and what it left out is counted for the file.
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
// [parameters.scope]
// type = "string"
// doc = "what the domain is for: corporate, product or attack-infrastructure, never mixed"
// default = "corporate"
// example = "attack-infrastructure"
//
// [columns]
// measure = "what is counted"
// number = "how many"
// meaning = "in words"
WITH date($as_of) AS as_of, date($known_on) AS known_on
// listings that hold on the day, and that no newer version of another source has closed
OPTIONAL MATCH (w:Watchlist {id: $list})<-[l:LISTED_ON]-(c:Company)
WHERE l.known_from <= known_on AND (l.known_until IS NULL OR l.known_until > known_on)
  AND l.from <= as_of AND (l.until IS NULL OR l.until > as_of OR l.until_known > known_on)
  AND NOT EXISTS {
    MATCH (c)-[x:LISTED_ON]->(w)
    WHERE x.named = l.named AND x.source <> l.source AND x.until > l.from AND x.until <= as_of
      AND x.until_known > l.known_from AND x.until_known <= known_on
      AND (x.known_until IS NULL OR x.known_until > known_on)
  }
WITH as_of, known_on, collect(DISTINCT c) AS companies, count(DISTINCT c.id + ' ' + l.named) AS entries
// what stands for them: the company itself, its domains, those of its subsidiaries and of its parent
CALL (companies) {
  CALL (companies) {
    UNWIND companies AS c
    RETURN c, c AS t, [] AS owned, 'company' AS tie
    UNION ALL
    UNWIND companies AS c
    MATCH (c)<-[o:OWNED_BY]-(t:Domain)
    RETURN c, t, [o] AS owned, 'own' AS tie
    UNION ALL
    UNWIND companies AS c
    MATCH (c)<-[o2:OWNED_BY]-(sub:Company)<-[o1:OWNED_BY]-(t:Domain)
    WHERE o2.control = 'yes' AND sub <> c
    RETURN c, t, [o1, o2] AS owned, 'subsidiary' AS tie
    UNION ALL
    UNWIND companies AS c
    MATCH (c)-[o2:OWNED_BY]->(sup:Company)<-[o1:OWNED_BY]-(t:Domain)
    WHERE o2.control = 'yes' AND sup <> c
    RETURN c, t, [o1, o2] AS owned, 'parent' AS tie
  }
  RETURN collect({c: c, t: t, owned: owned, tie: tie}) AS subjects
}
// domains as they are owned on the day, and what was looked at
CALL (subjects, as_of, known_on) {
  UNWIND subjects AS x
  WITH as_of, known_on, x.c AS c, x.t AS t, x.owned AS owned, x.tie AS tie
  WHERE size(owned) > 0 AND coalesce(head(owned).scope, 'corporate') = $scope
    AND all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
      AND (o.from IS NULL OR o.from <= as_of) AND (o.until IS NULL OR o.until > as_of OR o.until_known > known_on))
  OPTIONAL MATCH (t)<-[look:CHECKED]-(:Run)
  WHERE date(look.time) <= as_of AND date(look.time) <= known_on
  WITH t, collect(DISTINCT CASE WHEN tie = 'own' THEN c.id END) AS owners,
       count(look) AS looks, sum(CASE WHEN look.outcome IN ['ok', 'absent', 'nodata'] THEN 1 ELSE 0 END) AS answers
  RETURN collect({owners: owners, looks: looks, answers: answers}) AS domains
}
CALL (domains) {
  UNWIND domains AS x
  UNWIND x.owners AS owner
  RETURN count(DISTINCT owner) AS with_domain
}
// facts of service
CALL (subjects, as_of, known_on) {
  UNWIND subjects AS x
  WITH as_of, known_on, x.c AS c, x.t AS t, x.owned AS owned
  MATCH (t)<-[s:SERVES|SAID_TO_SERVE]-(:Provider)
  WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
    AND s.first_seen_min <= as_of
    AND CASE WHEN s.scope <> 'corporate' OR size(owned) = 0 THEN s.scope
             ELSE coalesce(head(owned).scope, 'corporate') END = $scope
    AND all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
      AND (o.from IS NULL OR o.from <= s.last_seen_min AND o.from <= as_of)
      AND (o.until IS NULL OR o.until > s.last_seen_max OR o.until > as_of OR o.until_known > known_on))
  WITH s, t, collect(DISTINCT c.id) AS served, s.strength IS NULL OR s.strength = 'publishable' AS publishable,
       EXISTS {
         MATCH (t)<-[n:CONCERNS]-(d:Statement {kind: 'dispute'})
         WHERE d.date <= known_on AND (d.decided IS NULL OR d.decided > known_on) AND (n.claim IS NULL OR n.claim = s.claim)
       } AS disputed, as_of, known_on
  WITH t, served, publishable,
       CASE WHEN s.known_cause = 'retraction' THEN 'retracted'
            WHEN disputed THEN 'disputed'
            WHEN s.ended <= as_of AND s.ended_known <= known_on THEN 'ended'
            WHEN as_of < s.first_seen_max THEN 'uncertain'
            WHEN s.ended > as_of AND s.ended_known <= known_on AND as_of > s.last_seen_max THEN 'uncertain'
            WHEN as_of <= s.last_seen_min + duration({days: 90}) THEN 'current'
            WHEN as_of <= s.last_seen_max THEN 'uncertain'
            ELSE 'last-known' END AS status
  RETURN collect({domain: CASE WHEN t:Domain THEN t.name END, served: served, publishable: publishable,
                  status: status}) AS facts
}
CALL (facts) {
  UNWIND facts AS x
  UNWIND x.served AS served
  WITH x, served
  WHERE x.publishable
  RETURN count(DISTINCT served) AS with_fact, count(DISTINCT x.domain) AS domains_with_fact
}
// what is no service: taken back, or said of somebody whom nobody could name
CALL (subjects, as_of, known_on) {
  UNWIND subjects AS x
  WITH as_of, known_on, x.t AS t, x.owned AS owned
  MATCH (t)<-[s:SAID_TO_SERVE]-(:Provider)
  WHERE s.known_until <= known_on AND s.first_seen_min <= as_of
    AND CASE WHEN s.scope <> 'corporate' OR size(owned) = 0 THEN s.scope
             ELSE coalesce(head(owned).scope, 'corporate') END = $scope
    AND all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
      AND (o.from IS NULL OR o.from <= s.last_seen_min AND o.from <= as_of)
      AND (o.until IS NULL OR o.until > s.last_seen_max OR o.until > as_of OR o.until_known > known_on))
  RETURN count(DISTINCT s.claim) AS retracted
}
CALL (subjects, as_of, known_on) {
  UNWIND subjects AS x
  WITH as_of, known_on, x.t AS t, x.owned AS owned
  MATCH (t)<-[s:NAMED_FOR]-(u:UnresolvedName)
  WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
    AND s.first_seen_min <= as_of
    AND CASE WHEN s.scope <> 'corporate' OR size(owned) = 0 THEN s.scope
             ELSE coalesce(head(owned).scope, 'corporate') END = $scope
    AND all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on)
      AND (o.from IS NULL OR o.from <= s.last_seen_min AND o.from <= as_of)
      AND (o.until IS NULL OR o.until > s.last_seen_max OR o.until > as_of OR o.until_known > known_on))
  RETURN count(DISTINCT u.label) AS unresolved
}
// the newest file that carried the list
CALL (known_on) {
  OPTIONAL MATCH (r:Run {kind: 'ingest'})
  WHERE r.finished AND r.dated <= known_on AND any(x IN r.counts WHERE x STARTS WITH $list + ': ')
  WITH r
  ORDER BY r.dated DESC, r.id
  LIMIT 1
  RETURN r.source + ' of ' + toString(r.dated) AS file, coalesce(r.left_out, []) AS left_out
}
WITH size(companies) AS listed, entries, size([c IN companies WHERE c.kind = 'untyped']) AS untyped, with_domain,
     size(domains) AS known, size([d IN domains WHERE d.looks > 0]) AS checked,
     size([d IN domains WHERE d.looks > 0 AND d.answers = 0]) AS unreachable, with_fact, domains_with_fact,
     [x IN facts WHERE x.publishable | x.status] AS statuses, size([x IN facts WHERE NOT x.publishable]) AS weak,
     retracted, unresolved, file, left_out, coalesce(', by its newest file, ' + file, '') AS by_file
WITH [
  [listed, 'listed_companies', 'companies on the list on the day' + by_file],
  [entries, 'entries', 'names under which they stand there'],
  [untyped, 'companies_untyped', 'of these companies: nobody said whether company, body or person'],
  [with_domain, 'companies_with_domain', 'of these companies: a domain of their own is known'],
  [listed - with_domain, 'companies_without_domain', 'of these companies: no domain of their own is known'],
  [with_fact, 'companies_with_fact', 'of these companies: something is known about a service'],
  [known, 'domains_known', 'domains of these companies, their subsidiaries and parents'],
  [domains_with_fact, 'domains_with_fact', 'of such domains: something is known about a service'],
  [checked, 'domains_checked', 'of the known domains: looked at'],
  [unreachable, 'domains_unreachable', 'of the domains looked at: no look was answered'],
  [size([x IN statuses WHERE x = 'current']), 'facts_current', 'facts of service: seen within 90 days'],
  [size([x IN statuses WHERE x = 'uncertain']), 'facts_uncertain',
   'facts of service: the day lies in an uncertain window'],
  [size([x IN statuses WHERE x = 'last-known']), 'facts_last_known',
   'facts of service: seen before, not looked at since'],
  [size([x IN statuses WHERE x = 'ended']), 'facts_ended', 'facts of service that have ended'],
  [size([x IN statuses WHERE x = 'disputed']), 'facts_disputed', 'facts of service that somebody disputes'],
  [size([x IN statuses WHERE x = 'retracted']), 'facts_retracted',
   'facts of service as they were known on the day, taken back since'],
  [weak, 'facts_weak', 'attributions that are only probable or ambiguous; in no other number'],
  [retracted, 'claims_retracted', 'claims of service that were taken back; never service'],
  [unresolved, 'labels_unresolved', 'labels of providers that nobody could resolve'],
  [reduce(n = 0, x IN left_out | n + toInteger(last(split(x, ': ')))), 'rows_left_out',
   coalesce('rows of ' + file + ', for all its lists, that became no company: '
            + reduce(text = '', x IN left_out | text + CASE WHEN text = '' THEN '' ELSE ', ' END + x),
            'no file of this list was loaded; its companies are those of the catalogue')]
] AS lines
UNWIND range(0, size(lines) - 1) AS n
RETURN lines[n][1] AS measure, lines[n][0] AS number, lines[n][2] AS meaning
ORDER BY n
