package io.nereid.bench.load.tail;

import io.nereid.bench.load.LoadException;
import io.nereid.bench.load.TemporaryFolder;

import java.util.List;

/** The tail of the main workload, from the command line. */
public final class TailLoad {
    private TailLoad() {}

    /** Runs it; ends with code 1 and one line if that cannot be done. */
    public static void main(String[] arguments) throws Exception {
        if (List.of(arguments).contains("--help")) {
            System.out.print(TailOptions.USAGE);
            return;
        }
        try (TemporaryFolder folder = TemporaryFolder.create()) {
            TailScenario.run(folder.path(), TailOptions.parse(arguments));
        } catch (IllegalArgumentException e) {
            fail("load: " + e.getMessage() + "\n" + TailOptions.USAGE);
        } catch (LoadException e) {
            fail("load: " + e.getMessage());
        }
    }

    private static void fail(String message) {
        System.err.println(message.strip());
        System.exit(1);
    }
}
