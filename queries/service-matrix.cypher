// question = "Who provides which service to each company on a list (default: the U.S. Entity List)?"
// about = """
// One row per listed company of which a domain or a service is known, one column per service. A cell names each
// provider with its status; `for NAME` where the domain belongs to that parent or subsidiary. A cell says `none` or
// `self` only where an attribution concluded that, of which host and when; by the newest conclusion for the host.
// """
// says_not = """
// Not that nobody provides what is `unknown`: nobody looked, or no look led to a conclusion. Not that a cell is whole:
// one host may be known and the next not. A company without a row may be served by anybody: see no-known-domain.
// """
// tags = ["who serves"]
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
// [parameters.all]
// type = "boolean"
// doc = "also what ended (attack infrastructure always: it ends when it is found), and weak attributions"
// default = false
// example = "true"
//
// [columns]
// company = "the listed company"
// list = "the list"
// web_hosting = "who hosts its sites; unknown where nobody concluded anything"
// cdn = "content delivery networks, likewise"
// email = "who hosts or filters its mail, likewise"
// certificate = "who issued its certificates, likewise"
// nameserver = "who runs its name servers, likewise"
// cms = "content management, likewise"
// registrar = "where its domains are registered, likewise"
// unspecified = "who serves it by a publication that does not say how; unknown where none says so"
// domains = "number of its known domains, with those of its subsidiaries and parent"
// providers = "number of providers in the row"
// services_known = "of the seven services: how many with a known provider"
// company_id = "id of the company"
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
WITH as_of, known_on, collect(DISTINCT c) AS listed
// what stands for it: the company itself, its domains, those of its subsidiaries and of its parent
CALL (listed) {
  UNWIND listed AS c
  RETURN c, c AS t, [] AS owned, '' AS via
  UNION ALL
  UNWIND listed AS c
  MATCH (c)<-[o:OWNED_BY]-(t:Domain)
  RETURN c, t, [o] AS owned, '' AS via
  UNION ALL
  UNWIND listed AS c
  MATCH (c)<-[o2:OWNED_BY]-(g:Company)<-[o1:OWNED_BY]-(t:Domain)
  WHERE o2.control = 'yes' AND g <> c
  RETURN c, t, [o1, o2] AS owned, '; for ' + g.name AS via
  UNION ALL
  UNWIND listed AS c
  MATCH (c)-[o2:OWNED_BY]->(g:Company)<-[o1:OWNED_BY]-(t:Domain)
  WHERE o2.control = 'yes' AND g <> c
  RETURN c, t, [o1, o2] AS owned, '; for ' + g.name AS via
}
WITH as_of, known_on, c, t, owned, via,
     size(owned) > 0 AND coalesce(head(owned).scope, 'corporate') = $scope
       AND all(o IN owned WHERE (o.from IS NULL OR o.from <= as_of)
         AND (o.until IS NULL OR o.until > as_of OR o.until_known > known_on)) AS known
WHERE all(o IN owned WHERE o.known_from <= known_on AND (o.known_until IS NULL OR o.known_until > known_on))
WITH c, CASE WHEN known THEN t.name END AS domain, via,
     COLLECT {
       MATCH (t)<-[s:SERVES|SAID_TO_SERVE]-(p:Provider)
       WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
         AND s.first_seen_min <= as_of
         AND CASE WHEN s.scope <> 'corporate' OR size(owned) = 0 THEN s.scope
                  ELSE coalesce(head(owned).scope, 'corporate') END = $scope
         AND ($all OR s.strength IS NULL OR s.strength = 'publishable')
         AND ($all OR $scope = 'attack-infrastructure' OR s.ended IS NULL OR s.ended > as_of OR s.ended_known > known_on)
         AND all(o IN owned WHERE (o.from IS NULL OR o.from <= s.last_seen_min AND o.from <= as_of)
           AND (o.until IS NULL OR o.until > s.last_seen_max OR o.until > as_of OR o.until_known > known_on))
       RETURN {rank: 0, service: s.service, id: p.id, name: p.name,
               note: CASE WHEN s.known_cause = 'retraction' THEN 'retracted'
                 WHEN EXISTS {
                   MATCH (t)<-[n:CONCERNS]-(d:Statement {kind: 'dispute'})
                   WHERE d.date <= known_on AND (d.decided IS NULL OR d.decided > known_on)
                     AND (n.claim IS NULL OR n.claim = s.claim)
                 } THEN 'disputed'
                 WHEN s.ended <= as_of AND s.ended_known <= known_on THEN 'ended'
                 WHEN as_of < s.first_seen_max THEN 'uncertain'
                 WHEN s.ended > as_of AND s.ended_known <= known_on AND as_of > s.last_seen_max THEN 'uncertain'
                 WHEN as_of <= s.last_seen_min + duration({days: 90}) THEN 'current'
                 WHEN as_of <= s.last_seen_max THEN 'uncertain'
                 ELSE 'last-known' END}
     } AS facts,
     COLLECT {
       MATCH (t)<-[s:NAMED_FOR]-(u:UnresolvedName)
       WHERE s.known_from <= known_on AND (s.known_until IS NULL OR s.known_until > known_on)
         AND s.first_seen_min <= as_of
         AND CASE WHEN s.scope <> 'corporate' OR size(owned) = 0 THEN s.scope
                  ELSE coalesce(head(owned).scope, 'corporate') END = $scope
         AND ($all OR $scope = 'attack-infrastructure' OR s.ended IS NULL OR s.ended > as_of OR s.ended_known > known_on)
         AND all(o IN owned WHERE (o.from IS NULL OR o.from <= s.last_seen_min AND o.from <= as_of)
           AND (o.until IS NULL OR o.until > s.last_seen_max OR o.until > as_of OR o.until_known > known_on))
       RETURN {rank: 1, service: s.service, id: u.id, name: u.label, note: 'unresolved label'}
     } AS labels,
     COLLECT {
       MATCH (t)<-[k:CONCLUDED]-(r:Run)
       WHERE known AND k.finding <> 'named' AND r.finished AND r.dated <= known_on AND r.dated <= as_of
         AND NOT EXISTS {
           MATCH (t)<-[y:CONCLUDED]-(z:Run)
           WHERE z.finished AND z.dated <= known_on AND z.dated <= as_of AND z.dated > r.dated
             AND y.service = k.service AND y.host = k.host
         }
       RETURN {rank: 2, service: k.service, id: k.host, name: k.finding,
               note: k.host + ' by ' + toString(r.dated) + coalesce(': ' + k.reason, '')}
     } AS findings
UNWIND CASE WHEN size(facts + labels + findings) = 0 THEN [null] ELSE facts + labels + findings END AS line
WITH c, domain, via, line.rank AS rank, line.service AS service, line.id AS id, line.name AS name, line.note AS note
ORDER BY CASE note WHEN 'current' THEN 0 WHEN 'uncertain' THEN 1 WHEN 'last-known' THEN 2 WHEN 'ended' THEN 3
           WHEN 'disputed' THEN 4 ELSE 5 END, note
WITH c, via, rank, service, id, name, collect(DISTINCT domain) AS named, collect(DISTINCT note) AS notes
WITH c, rank, service, id, named, name + ' ('
       + reduce(text = head(notes), x IN tail(notes) | text + ', ' + x) + via + ')' AS text
ORDER BY rank, text, id
WITH c, collect(named) AS named, collect({service: service, text: text}) AS cells,
     count(DISTINCT CASE WHEN rank = 0 THEN id END) AS providers,
     count(DISTINCT CASE WHEN rank = 0 AND service <> 'unspecified' THEN service END) AS services_known
WITH c, [x IN cells WHERE x.service IS NOT NULL] AS cells, providers, services_known,
     COUNT { UNWIND named AS names UNWIND names AS name RETURN DISTINCT name } AS domains
WHERE size(cells) > 0 OR domains > 0
WITH c, domains, providers, services_known,
     cells + [v IN ['web-hosting', 'cdn', 'email', 'certificate', 'nameserver', 'cms', 'registrar', 'unspecified']
              WHERE NOT any(x IN cells WHERE x.service = v) | {service: v, text: 'unknown'}] AS cells
RETURN c.name AS company, $list AS list,
       [x IN cells WHERE x.service = 'web-hosting' | x.text] AS web_hosting,
       [x IN cells WHERE x.service = 'cdn' | x.text] AS cdn,
       [x IN cells WHERE x.service = 'email' | x.text] AS email,
       [x IN cells WHERE x.service = 'certificate' | x.text] AS certificate,
       [x IN cells WHERE x.service = 'nameserver' | x.text] AS nameserver,
       [x IN cells WHERE x.service = 'cms' | x.text] AS cms,
       [x IN cells WHERE x.service = 'registrar' | x.text] AS registrar,
       [x IN cells WHERE x.service = 'unspecified' | x.text] AS unspecified,
       domains, providers, services_known, c.id AS company_id
ORDER BY company, c.id
