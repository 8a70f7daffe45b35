package io.nereid.bench.load;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One kind of request, repeated.
 *
 * @param name what the table calls it
 * @param paths where it goes, one after the other, over and over
 * @param headers its header lines
 * @param body the file that holds its body
 */
public record Load(String name, List<String> paths, Map<String, String> headers, Path body) {
    public Load {
        paths = List.copyOf(paths);
        headers = Map.copyOf(headers);
    }

    /** The Lua script that makes wrk send it. */
    String toWrkScript() {
        StringBuilder script = new StringBuilder("wrk.method = 'POST'\n");
        headers.forEach((key, value) -> script.append("wrk.headers['%s'] = '%s'\n".formatted(key, value)));
        script.append("local file = io.open('%s', 'rb')\nwrk.body = file:read('*a')\nfile:close()\n".formatted(body));
        if (paths.size() > 1) {
            script.append(inTurns());
        }
        return script.toString();
    }

    /** The requests are written once, so that wrk does not become what is measured. */
    private String inTurns() {
        return """
                local paths = {%s}
                local requests = {}
                local last = 0
                init = function()
                    for i, path in ipairs(paths) do
                        requests[i] = wrk.format(nil, path)
                    end
                end
                request = function()
                    last = last %% #requests + 1
                    return requests[last]
                end
                """.formatted(paths.stream().map("'%s'"::formatted).collect(Collectors.joining(",")));
    }

    /** The command line that makes wrk send it with so many connections for so long. */
    List<String> wrkCommand(Path script, int port, int concurrency, int seconds) {
        return List.of("wrk", "-t", "1", "-c", Integer.toString(concurrency), "-d", seconds + "s", "--latency",
                "--timeout", "30s", "-s", script.toString(), "http://127.0.0.1:" + port + paths.getFirst());
    }
}
