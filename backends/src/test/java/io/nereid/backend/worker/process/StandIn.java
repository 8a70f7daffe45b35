package io.nereid.backend.worker.process;

import io.nereid.backend.worker.message.FrameWriter;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A shell script in place of Python and the worker's package: its argument 9 is the path that it writes its calls to, 11
 * the one that it reads replies from. A question without fields is 5 bytes long.
 */
public final class StandIn {
    /** Prints nothing more and lives until its questions end. */
    public static final String WAIT = "cat > /dev/null\n";
    /** Reads a question without fields. */
    public static final String READ = "head -c 5 > /dev/null\n";

    private StandIn() {}

    /** A script of these lines; its path is that of an interpreter. */
    public static Path script(Path folder, String... lines) throws IOException {
        Path script = Files.createTempFile(folder, "python", "");
        Files.writeString(script, "#!/bin/sh\n" + String.join("", lines), StandardOpenOption.TRUNCATE_EXISTING);
        if (!script.toFile().setExecutable(true)) {
            throw new IOException(script + " cannot be made executable");
        }
        return script;
    }

    /** A line of a script that prints an ended frame. */
    public static String print(FrameWriter frame) {
        StringBuilder text = new StringBuilder("printf '");
        for (int i = 0; i < frame.size(); i++) {
            text.append("\\%03o".formatted(frame.bytes()[i] & 0xff));
        }
        return text.append("'\n").toString();
    }

    /** A line of a script that prints a message without fields. */
    public static String print(int type) {
        return print(new FrameWriter(16).begin(type).end());
    }

    static WorkerCommand command(Path script, Map<String, String> variables, Set<String> dropped) {
        return new WorkerCommand("Stub process", List.of(script.toString(), "-X", "utf8", "/nereid/worker"),
                "install Python", variables, dropped, "/dev/null:0");
    }
}
