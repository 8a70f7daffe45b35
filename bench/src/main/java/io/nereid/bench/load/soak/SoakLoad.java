package io.nereid.bench.load.soak;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.TemporaryFolder;

import java.util.List;

/** The soak, from the command line. */
public final class SoakLoad {
    private SoakLoad() {}

    /** Runs it; ends with code 1 and one line if that cannot be done, or the server did not stand it. */
    public static void main(String[] arguments) throws Exception {
        if (List.of(arguments).contains("--help")) {
            System.out.print(SoakOptions.USAGE);
            return;
        }
        try (TemporaryFolder folder = TemporaryFolder.create()) {
            new SoakScenario(folder.path(), SoakOptions.parse(arguments)).run();
        } catch (IllegalArgumentException e) {
            fail("load: " + e.getMessage() + "\n" + SoakOptions.USAGE);
        } catch (LoadException e) {
            fail("load: " + e.getMessage());
        }
    }

    private static void fail(String message) {
        System.err.println(message.strip());
        System.exit(1);
    }
}
