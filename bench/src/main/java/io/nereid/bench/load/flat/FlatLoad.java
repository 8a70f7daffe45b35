package io.nereid.bench.load.flat;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.TemporaryFolder;
import io.nereid.bench.load.Wrk;

import java.util.List;

/** What a request costs with many models and many connections, from the command line. */
public final class FlatLoad {
    private FlatLoad() {}

    /** Runs it; ends with code 1 and one line if that cannot be done. */
    public static void main(String[] arguments) throws Exception {
        if (List.of(arguments).contains("--help")) {
            System.out.print(FlatOptions.USAGE);
            return;
        }
        try (TemporaryFolder folder = TemporaryFolder.create()) {
            FlatOptions options = FlatOptions.parse(arguments);
            Wrk.requireInstalled();
            try (FlatScenario scenario = new FlatScenario(folder.path(), options)) {
                scenario.run();
            }
        } catch (IllegalArgumentException e) {
            fail("load: " + e.getMessage() + "\n" + FlatOptions.USAGE);
        } catch (LoadException e) {
            fail("load: " + e.getMessage());
        }
    }

    private static void fail(String message) {
        System.err.println(message.strip());
        System.exit(1);
    }
}
