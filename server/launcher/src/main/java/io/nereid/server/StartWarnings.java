package io.nereid.server;

import io.nereid.server.transport.OpenFiles;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/** What about the process will one day keep the server from doing what it is configured to do; logged at the start. */
final class StartWarnings {
    private static final Logger LOG = LoggerFactory.getLogger(StartWarnings.class);
    /** Jars, libraries, models' files, event loops, the connections of whoever asks for metrics. */
    private static final long FILES_OF_ITS_OWN = 512;

    private StartWarnings() {}

    /** Logs what there is to say. */
    static void log(ServerConfig config) {
        of(config, OpenFiles.limit(), System.getProperty("sun.jnu.encoding", "UTF-8")).forEach(LOG::warn);
    }

    /**
     * One sentence for each.
     *
     * @param maxFiles how many files and connections the process may have open; absent for any number
     * @param encodingOfNames how the JVM reads and writes the names of files
     */
    static List<String> of(ServerConfig config, OptionalLong maxFiles, String encodingOfNames) {
        List<String> warnings = new ArrayList<>();
        long needed = connections(config) + FILES_OF_ITS_OWN;
        if (maxFiles.isPresent() && maxFiles.getAsLong() < needed) {
            warnings.add("the limit of open files (ulimit -n) is " + maxFiles.getAsLong() + ", but the "
                    + connections(config) + " connections that --http-max-connections and --grpc-max-connections allow"
                    + " need " + needed
                    + ": when files run out nobody gets in, health checks included; raise the limit,"
                    + " or lower the flags");
        }
        if (!encodingOfNames.equals("UTF-8")) {
            warnings.add("the locale of this process has the names of files in " + encodingOfNames
                    + ": models and files"
                    + " whose names are not plain ASCII are not found; start it with LC_ALL=C.UTF-8 in the environment");
        }
        return warnings;
    }

    private static long connections(ServerConfig config) {
        long ports = Stream.of(config.http().enabled(), config.sageMaker().isPresent(), config.vertexAi().isPresent())
                .filter(listens -> listens).count();
        return ports * config.http().limits().maxConnections()
                + (config.grpc().enabled() ? config.grpc().limits().maxConnections() : 0L);
    }
}
