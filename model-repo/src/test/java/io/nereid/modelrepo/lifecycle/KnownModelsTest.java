package io.nereid.modelrepo.lifecycle;

import io.nereid.modelrepo.identifier.ModelIdentifier;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class KnownModelsTest {
    private static final String IN_A = ModelIdentifier.of("/a", "m");
    private static final String IN_B = ModelIdentifier.of("/b", "m");

    private final KnownModels<AutoCloseable> models = new KnownModels<>();

    @Test
    void add_again_isTheSameModel() {
        ModelEntry<AutoCloseable> entry = models.add("m");
        assertThat(models.add("m")).isSameAs(entry);
        assertThat(models.find("m")).isSameAs(entry);
        assertThat(models.get("m")).isSameAs(entry);
        assertThat(models.all()).containsExactly(entry);
    }

    @Test
    void get_unknownName_isNotFound() {
        models.add("m");
        assertThat(models.find("n")).isNull();
        assertThat(models.identifiers("n")).isEmpty();
        assertThatThrownBy(() -> models.get("n")).isInstanceOfSatisfying(ModelLookupException.class,
                e -> assertThat(e.reason()).isEqualTo(ModelLookupException.Reason.NOT_FOUND));
    }

    @Test
    void identifiers_areInOrder() {
        models.add("z");
        models.add("a");
        assertThat(models.identifiers()).containsExactly("a", "z");
    }

    @Test
    void get_nameOfOneNamespace_isThatModelWhetherItIsUnloadedOrNot() {
        ModelEntry<AutoCloseable> entry = models.add(IN_A);
        assertThat(entry.isUnloaded()).isTrue();
        assertThat(models.get("m")).isSameAs(entry);
        entry.reject("broken", true);
        assertThat(models.get("m")).isSameAs(entry);
        assertThat(models.find("m")).isNull();
        assertThat(models.identifiers("m")).containsExactly(IN_A);
    }

    @Test
    void get_nameOfTwoNamespaces_isAmbiguousWhereBothAreWanted() {
        ModelEntry<AutoCloseable> a = models.add(IN_A);
        ModelEntry<AutoCloseable> b = models.add(IN_B);
        assertThat(models.identifiers("m")).containsExactly(IN_A, IN_B);
        b.reject("broken", true);
        assertThat(models.get("m")).as("the unloaded one gives way").isSameAs(b);
        a.reject("broken", true);
        assertThatThrownBy(() -> models.get("m")).isInstanceOfSatisfying(ModelLookupException.class,
                e -> assertThat(e.reason()).isEqualTo(ModelLookupException.Reason.AMBIGUOUS));
        assertThat(models.get(IN_A)).isSameAs(a);
        assertThat(models.identifiers(IN_A)).containsExactly(IN_A);
    }
}
