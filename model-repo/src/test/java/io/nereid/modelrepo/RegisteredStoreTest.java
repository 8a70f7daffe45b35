package io.nereid.modelrepo;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;

import static org.assertj.core.api.Assertions.assertThat;

class RegisteredStoreTest {
    @TempDir
    private Path root;

    @BeforeEach
    void fill() throws IOException {
        model("first", "name: \"first\"\nbackend: \"identity\"\n");
        model("second", "backend: \"identity\"\n");
    }

    private void model(String name, String config) throws IOException {
        Files.createDirectories(root.resolve("repository").resolve(name).resolve("1"));
        Files.writeString(root.resolve("repository").resolve(name).resolve("config.pbtxt"), config);
    }

    private RegisteredStore store() {
        return new RegisteredStore(root.resolve("repository"), Map.of("first", "one/1.tar.gz"));
    }

    @ParameterizedTest
    @CsvSource({"one/1.tar.gz, true", "second, true", "first, false", "third, false", "'', false"})
    void has_name_isWhetherItIsListed(String name, boolean expected) {
        RegisteredStore store = store();
        assertThat(store.has(name)).isEqualTo(expected).isEqualTo(store.list().contains(name));
        assertThat(store.hasGiven(name)).isEqualTo(name.equals("one/1.tar.gz"));
    }

    @Test
    void read_givenName_countsForTheNameInTheConfiguration() throws IOException {
        ModelRepository repository = new ModelRepository(List.of(), "", false);
        assertThat(repository.add(store())).isTrue();
        StoredModel stored = Objects.requireNonNull(repository.scan("one/1.tar.gz").models().get("one/1.tar.gz"));
        ModelFiles files = stored.fetch();
        assertThat(files.directory().path()).isEqualTo(root.toRealPath().resolve("repository/first"));
        assertThat(repository.read(files.directory()).config().name()).isEqualTo("one/1.tar.gz");
        assertThat(stored.contents()).isEqualTo(new DirectoryStore(root.resolve("repository")).contents("first"));
        files.release();
    }

    @Test
    void addAndRemove_changeWhatIsThere() throws IOException {
        model("third", "backend: \"identity\"\n");
        DirectoryStore whole = new DirectoryStore(Files.createDirectories(root.resolve("whole")));
        ModelRepository repository = new ModelRepository(List.of(whole), "", false);
        RegisteredStore store = store();
        assertThat(repository.add(store)).isTrue();
        assertThat(repository.add(store())).as("the same place again").isFalse();
        assertThat(repository.add(new RegisteredStore(root.resolve("whole"), Map.of()))).as("one of the start")
                .isFalse();
        assertThat(repository.scan().models()).containsOnlyKeys("one/1.tar.gz", "second", "third");
        assertThat(repository.remove(store())).as("another store").isFalse();
        assertThat(repository.remove(store)).isTrue();
        assertThat(repository.remove(store)).isFalse();
        assertThat(repository.scan().models()).isEmpty();
        assertThat(repository.scan("second").models()).isEmpty();
    }

    /** Whoever registered it owns the disk; what others have must be found all the same. */
    @Test
    void scan_registeredDirectoryThatIsGone_hasTheOtherModels() throws IOException {
        Path whole = Files.createDirectories(root.resolve("whole"));
        Files.createDirectory(whole.resolve("m"));
        ModelRepository repository = new ModelRepository(List.of(new DirectoryStore(whole)), "", false);
        repository.add(store());
        Files.move(root.resolve("repository"), root.resolve("elsewhere"));
        assertThat(repository.scan().models()).containsOnlyKeys("m");
        assertThat(repository.scan().empty()).singleElement().asString().endsWith("it is no longer there");
        assertThat(repository.scan("m").models()).containsOnlyKeys("m");
        assertThat(repository.scan("second").models()).isEmpty();
    }
}
