import java.nio.file.Path;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.HttpConnector;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.harness.Neo4j;
import org.neo4j.harness.Neo4jBuilders;

/**
 * Serve a Neo4j without login on loopback until the input ends.
 *
 * <p>java -cp 'lib/*' Serve.java FOLDER BOLT HTTP, where port 0 takes a free one. Prints READY, the Bolt address and
 * the address of Neo4j Browser.
 */
public final class Serve {
    private Serve() {}

    public static void main(String[] arguments) throws Exception {
        SocketAddress bolt = new SocketAddress("127.0.0.1", Integer.parseInt(arguments[1]));
        SocketAddress http = new SocketAddress("127.0.0.1", Integer.parseInt(arguments[2]));
        try (Neo4j server = Neo4jBuilders.newInProcessBuilder(Path.of(arguments[0]))
                .withConfig(GraphDatabaseSettings.udc_enabled, false)
                .withConfig(BoltConnector.enabled, true)
                .withConfig(BoltConnector.listen_address, bolt)
                .withConfig(HttpConnector.enabled, true)
                .withConfig(HttpConnector.listen_address, http)
                .build()) {
            System.out.println("READY " + server.boltURI() + " " + server.httpURI() + "browser/");
            System.out.flush();
            while (System.in.read() >= 0) {
                // Whoever started us holds our input open; when it dies, so do we.
            }
        }
    }
}
