package io.nereid.server.model;

import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.RepositoryIndexEntry;
import io.nereid.server.ModelServer;
import io.nereid.server.ServerConfig;
import io.nereid.server.model.config.ModelControlConfig;
import io.nereid.server.model.config.ModelControlMode;
import io.nereid.server.model.config.RepositoryConfig;
import io.nereid.server.model.control.LoadOverride;
import io.nereid.server.model.control.TestRepository;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Repositories that come and go, on a whole server without ports. */
@Timeout(60)
class RegisteredRepositoriesTest {
    @TempDir
    private Path directory;

    private ModelServer start(ModelControlMode mode) throws Exception {
        RepositoryConfig repositories = RepositoryConfig.of(List.of(Files.createDirectories(directory.resolve("own"))))
                .withControl(ModelControlConfig.DEFAULT.withStartup(mode, List.of()));
        return ModelServer.start(ServerConfig.of(repositories).withoutPorts());
    }

    private Path later() {
        Path root = directory.resolve("later");
        new TestRepository(root).withIdentity("m", "TYPE_FP32", "-1", "name: \"m\"");
        return root;
    }

    @Test
    void register_thenUnregister_modelsCanBeLoadedInBetween() throws Exception {
        Path later = later();
        try (ModelServer server = start(ModelControlMode.EXPLICIT)) {
            server.control().register(later, Map.of("m", "a/b.tar.gz"));
            assertThat(server.control().index(false)).extracting(RepositoryIndexEntry::name)
                    .containsExactly("a/b.tar.gz");
            server.control().load("a/b.tar.gz", LoadOverride.NONE);
            server.inference().models().acquire("a/b.tar.gz", "").release();
            assertRefused(() -> server.control().register(later, Map.of()), ErrorCode.ALREADY_EXISTS,
                    "model repository '" + later + "' has already been registered");
            server.control().unload("a/b.tar.gz");
            server.control().unregister(later);
            assertThat(server.control().index(true)).isEmpty();
            assertThatThrownBy(() -> server.control().load("a/b.tar.gz", LoadOverride.NONE))
                    .hasMessageContaining("path traversal");
            assertRefused(() -> server.control().unregister(later), ErrorCode.NOT_FOUND,
                    "failed to unregister '" + later + "', repository not found");
        }
    }

    @Test
    void register_whatCannotBe_isRefused() throws Exception {
        Path later = later();
        try (ModelServer server = start(ModelControlMode.EXPLICIT)) {
            Path none = directory.resolve("none");
            assertRefused(() -> server.control().register(none, Map.of()), ErrorCode.NOT_FOUND,
                    "failed to register '" + none + "', repository not found");
            assertRefused(() -> server.control().register(directory.resolve("own"), Map.of()),
                    ErrorCode.ALREADY_EXISTS,
                    "model repository '" + directory.resolve("own") + "' has already been registered");
            assertRefused(() -> server.control().register(later, Map.of("m", " ")), ErrorCode.INVALID_ARG,
                    "model name must not contain only whitespace characters");
            assertThat(server.control().index(false)).isEmpty();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NONE", "POLL"})
    void register_otherModes_isRefused(ModelControlMode mode) throws Exception {
        Path later = later();
        try (ModelServer server = start(mode)) {
            assertRefused(() -> server.control().register(later, Map.of()), ErrorCode.UNSUPPORTED,
                    "repository registration is not allowed if model control mode is not EXPLICIT");
            assertRefused(() -> server.control().unregister(later), ErrorCode.UNSUPPORTED,
                    "repository unregistration is not allowed if model control mode is not EXPLICIT");
        }
    }

    private static void assertRefused(ThrowingCallable call, ErrorCode code, String text) {
        assertThatThrownBy(call).isInstanceOfSatisfying(InferenceException.class, error -> {
            assertThat(error.code()).isEqualTo(code);
            assertThat(error.text()).isEqualTo(text);
        });
    }
}
