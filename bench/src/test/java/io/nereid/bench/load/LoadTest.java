package io.nereid.bench.load;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;

class LoadTest {
    private static final Path BODY = Path.of("/tmp/body");

    @Test
    void toWrkScript_onePath_leavesThePathToTheCommandLine() {
        Load load = new Load("one", List.of("/a"), Map.of("H", "v"), BODY);

        assertThat(load.toWrkScript()).isEqualTo("""
                wrk.method = 'POST'
                wrk.headers['H'] = 'v'
                local file = io.open('/tmp/body', 'rb')
                wrk.body = file:read('*a')
                file:close()
                """);
        assertThat(load.wrkCommand(Path.of("s"), 7, 2, 3)).endsWith("http://127.0.0.1:7/a");
    }

    @Test
    void toWrkScript_severalPaths_sendsThemInTurns() {
        Load load = new Load("two", List.of("/a", "/b"), Map.of(), BODY);

        assertThat(load.toWrkScript()).contains("local paths = {'/a','/b'}", "last = last % #requests + 1");
    }
}
