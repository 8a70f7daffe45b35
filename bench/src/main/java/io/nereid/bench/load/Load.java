package io.nereid.bench.load;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One kind of request, repeated.
 *
 * @param name what the table calls it
 * @param path where it goes
 * @param headers its header lines
 * @param body the file that holds its body
 */
record Load(String name, String path, Map<String, String> headers, Path body) {
    /** The Lua script that makes wrk send it. */
    String toWrkScript() {
        StringBuilder script = new StringBuilder("wrk.method = 'POST'\n");
        headers.forEach((key, value) -> script.append("wrk.headers['%s'] = '%s'\n".formatted(key, value)));
        script.append("local file = io.open('%s', 'rb')\nwrk.body = file:read('*a')\nfile:close()\n".formatted(body));
        return script.toString();
    }

    /** The command line that makes wrk send it with so many connections for so long. */
    List<String> wrkCommand(Path script, int port, int concurrency, int seconds) {
        return List.of("wrk", "-t", "1", "-c", Integer.toString(concurrency), "-d", seconds + "s", "--latency",
                "--timeout", "30s", "-s", script.toString(), "http://127.0.0.1:" + port + path);
    }
}
