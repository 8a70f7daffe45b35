package io.nereid.server.model;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.grpc.GrpcConfig;
import io.nereid.server.http.HttpConfig;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.TestRepository;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Aliases of versions, on a whole server without ports. */
@Timeout(120)
class VersionAliasControlTest {
    private static final String ALL = "version_policy { all {} } ";

    @TempDir
    private Path directory;
    private TestRepository repository;
    private @Nullable ModelServer server;

    @BeforeEach
    void fill() throws IOException {
        repository = new TestRepository(directory);
        write(ALL + alias("canary", "3:0.1"));
        Files.createDirectories(directory.resolve("m/2"));
        Files.createDirectories(directory.resolve("m/3"));
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
            server = null;
        }
    }

    private void write(String more) {
        repository.withIdentity("m", "TYPE_FP32", "-1", more);
    }

    private static String alias(String name, String value) {
        return "parameters { key: \"alias." + name + "\" value { string_value: \"" + value + "\" } } ";
    }

    @Test
    void acquireForRequest_sharesOut_theRestToTheNewestOther() throws Exception {
        start();
        load();
        assertThat(counts("canary", 100)).containsExactly(0, 90, 10);
        assertThat(models().versions("m", "canary")).containsExactly(2L, 3L);
        assertThat(models().aliasShares("m")).containsExactly(new AliasShare("canary", 2, 0.9, 90),
                new AliasShare("canary", 3, 0.1, 10));
    }

    @Test
    void acquire_onlyLooking_countsNothing() throws Exception {
        start();
        load();
        for (int i = 0; i < 20; i++) {
            ModelHandle<ServedModel> seen = models().acquire("m", "canary");
            assertThat(seen.version()).as("which gets most").isEqualTo(2);
            seen.release();
        }
        assertThat(counts("canary", 10)).containsExactly(0, 9, 1);
    }

    @Test
    void versionThatIsUnloaded_leavesItsShareToTheOthers() throws Exception {
        start();
        load();
        server().control().unload("m", 2, false);
        assertThat(counts("canary", 10)).as("the newest that it does not name").containsExactly(9, 0, 1);
        server().control().unload("m", 3, false);
        assertThat(counts("canary", 10)).containsExactly(10, 0, 0);
        server().control().unload("m", 1, false);
        assertThat(models().isAlias("m", "canary")).isFalse();
        load();
        assertThat(counts("canary", 10)).containsExactly(0, 9, 1);
    }

    @Test
    void weightsThatChange_loadNothingAnew() throws Exception {
        start();
        load();
        ModelHandle<ServedModel> before = models().acquire("m", "3");
        before.release();
        write(ALL + alias("canary", "3:0.5") + alias("old", "1"));
        load();
        ModelHandle<ServedModel> after = models().acquire("m", "3");
        after.release();
        assertThat(after.model()).isSameAs(before.model());
        assertThat(counts("canary", 10)).containsExactly(0, 5, 5);
        assertThat(counts("old", 10)).containsExactly(10, 0, 0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            canary | 9:0.1       | alias 'canary' names version 9, which is not there: the model's directory has [1, 2, 3]
            canary | 3:0.6,2:0.6 | alias 'canary': its weights add up to 1.2
            7      | 3           | '7' is no name for an alias, since it is the number of a version
            """)
    void mistake_failsTheLoadWithWhatIsWrong(String name, String value, String text) throws Exception {
        start();
        write(ALL + alias(name, value));
        assertThatThrownBy(this::load).isInstanceOfSatisfying(InferenceException.class, e -> {
            assertThat(e.code()).isEqualTo(ErrorCode.INTERNAL);
            assertThat(e.text()).contains("failed to poll from model repository").contains(text);
        });
    }

    @Test
    void acquire_noAlias_isAsBefore() throws Exception {
        start();
        load();
        assertThat(models().isAlias("m", "stable")).isFalse();
        assertThatThrownBy(() -> models().acquireForRequest("m", "stable"))
                .hasMessageContaining("failed to get model version from specified version string 'stable'");
        assertThatThrownBy(() -> models().acquireForRequest("nope", "canary"))
                .hasMessageContaining("failed to get model version from specified version string 'canary'");
    }

    /** How many of so many requests go to versions 1, 2 and 3. */
    private List<Integer> counts(String alias, int requests) throws InferenceException {
        List<Integer> counts = new ArrayList<>(List.of(0, 0, 0));
        for (int i = 0; i < requests; i++) {
            ModelHandle<ServedModel> handle = models().acquireForRequest("m", alias);
            handle.release();
            int version = (int) handle.version();
            counts.set(version - 1, counts.get(version - 1) + 1);
        }
        return counts;
    }

    private void start() throws Exception {
        ServerConfig config = ServerConfig.of(directory).withHttp(HttpConfig.DEFAULT.withEnabled(false))
                .withGrpc(GrpcConfig.DEFAULT.withEnabled(false));
        server = ModelServer.start(config.withRepositories(config.repositories()
                .withControl(ModelControlConfig.DEFAULT.withStartup(ModelControlMode.EXPLICIT, List.of()))));
    }

    private ModelServer server() {
        if (server == null) {
            throw new AssertionError("not started");
        }
        return server;
    }

    private ModelCatalog models() {
        return server().inference().models();
    }

    private void load() throws InferenceException {
        server().control().load("m", LoadOverride.NONE);
    }
}
