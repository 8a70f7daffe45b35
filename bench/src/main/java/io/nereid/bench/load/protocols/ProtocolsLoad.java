package io.nereid.bench.load.protocols;

import io.nereid.bench.load.IdentityRepository;
import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.TemporaryFolder;

import java.nio.file.Path;
import java.util.List;

/** The comparison of the protocols, from the command line. */
public final class ProtocolsLoad {
    private ProtocolsLoad() {}

    /** Runs it; ends with code 1 and one line if that cannot be done. */
    public static void main(String[] arguments) throws Exception {
        if (List.of(arguments).contains("--help")) {
            System.out.print(ProtocolsOptions.USAGE);
            return;
        }
        try {
            run(ProtocolsOptions.parse(arguments));
        } catch (IllegalArgumentException e) {
            fail("load: " + e.getMessage() + "\n" + ProtocolsOptions.USAGE);
        } catch (LoadException e) {
            fail("load: " + e.getMessage());
        }
    }

    private static void fail(String message) {
        System.err.println(message.strip());
        System.exit(1);
    }

    private static void run(ProtocolsOptions options) throws Exception {
        try (TemporaryFolder folder = TemporaryFolder.create()) {
            Path repository = folder.path().resolve("models");
            IdentityRepository.writeIdentityTo(repository);
            new ProtocolsScenario(repository, folder.path().resolve("server.log"), options).run();
        }
    }
}
