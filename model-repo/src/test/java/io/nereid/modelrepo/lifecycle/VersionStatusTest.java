package io.nereid.modelrepo.lifecycle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.Map;
import java.util.TreeMap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class VersionStatusTest {
    private final ModelHandle<AutoCloseable> handle = new ModelHandle<>("m", 1, () -> {
    }, _ -> {
    });

    @Test
    void serving_status_isTheHandleOfAReadyVersionOnly() {
        assertThat(VersionStatus.ready(handle).serving()).isSameAs(handle);
        assertThat(VersionStatus.unloading(handle).serving()).isNull();
        assertThat(VersionStatus.unloading(handle).handle()).isSameAs(handle);
        assertThat(VersionStatus.loading().serving()).isNull();
        assertThat(VersionStatus.failed("x", true).serving()).isNull();
    }

    @Test
    void holdsUpReadiness_status_isWhetherItShouldBeServedAndIsNot() {
        assertThat(VersionStatus.ready(handle).preventsReadiness()).isFalse();
        assertThat(VersionStatus.unloading(handle).preventsReadiness()).isFalse();
        assertThat(VersionStatus.loading().preventsReadiness()).isTrue();
        assertThat(VersionStatus.failed("no such file", true).preventsReadiness()).isTrue();
        assertThat(VersionStatus.unloaded().preventsReadiness()).isFalse();
        assertThat(new VersionStatus<>(ModelState.UNKNOWN, "", null, true).preventsReadiness()).isTrue();
    }

    @ParameterizedTest
    @EnumSource(ModelState.class)
    void status_handle_goesWithReadyAndUnloading(ModelState state) {
        boolean loaded = state == ModelState.READY || state == ModelState.UNLOADING;
        assertThat(new VersionStatus<>(state, "", loaded ? handle : null, true).state()).isEqualTo(state);
        assertThatThrownBy(() -> new VersionStatus<>(state, "", loaded ? null : handle, true))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a version has a handle exactly while it is READY or UNLOADING, got " + state);
    }

    @Test
    void describe_failures_isTritonsTextInTheOrderOfVersions() {
        TreeMap<Long, String> errors = new TreeMap<>(Map.of(10L, "b", 2L, "a"));
        LoadResult result = new LoadResult("m", errors);
        errors.clear();
        assertThat(result.succeeded()).isFalse();
        assertThat(result.describe()).isEqualTo("""
                load failed for model 'm': version 2 is at UNAVAILABLE state: a;
                version 10 is at UNAVAILABLE state: b;
                """);
    }

    @Test
    void describe_success_isEmpty() {
        assertThat(LoadResult.unchanged("m").succeeded()).isTrue();
        assertThat(LoadResult.unchanged("m").describe()).isEmpty();
        assertThat(LoadResult.unchanged("m")).isEqualTo(new LoadResult("m", new TreeMap<>()));
    }
}
