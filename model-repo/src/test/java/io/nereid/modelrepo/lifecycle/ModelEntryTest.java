package io.nereid.modelrepo.lifecycle;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The state machine of one model's versions, step by step and without threads. */
class ModelEntryTest {
    private final ModelEntry<AutoCloseable> entry = new ModelEntry<>("m");
    private final List<Long> unused = new ArrayList<>();

    private ModelHandle<AutoCloseable> handle(long version) {
        return new ModelHandle<>("m", version, () -> {
        }, handle -> unused.add(handle.version()));
    }

    private List<ModelHandle<AutoCloseable>> load(long version) {
        entry.beginLoad(Set.of(version));
        return entry.publish(Map.of(version, handle(version)), Map.of(), _ -> false);
    }

    private List<String> index() {
        List<RepositoryIndexEntry> lines = new ArrayList<>();
        entry.addTo(lines);
        return lines.stream().map(line -> (line.version().isPresent() ? line.version().getAsLong() : "-") + " "
                + line.state() + (line.reason().isEmpty() ? "" : " " + line.reason())).toList();
    }

    @Test
    void entry_thatNobodyLoaded_isUnknown() {
        assertThat(index()).containsExactly("- UNKNOWN");
        assertThat(entry.state(1)).isEqualTo(ModelState.UNKNOWN);
        assertThat(entry.readyVersions()).isEmpty();
        assertThat(entry.preventsReadiness()).isFalse();
        assertThatThrownBy(entry::acquireLatest).isInstanceOf(ModelLookupException.class)
                .hasMessage("Request for unknown model: 'm' is not found");
    }

    @Test
    void beginLoad_newVersions_areLoadingAndNotServed() {
        entry.beginLoad(Set.of(1L, 2L));
        assertThat(index()).containsExactly("1 LOADING", "2 LOADING");
        assertThat(entry.preventsReadiness()).isTrue();
        assertThat(entry.readyVersions()).isEmpty();
        assertThatThrownBy(() -> entry.acquire(1))
                .isInstanceOfSatisfying(ModelLookupException.class,
                        e -> assertThat(e.reason()).isEqualTo(ModelLookupException.Reason.NOT_READY))
                .hasMessage("Request for unknown model: 'm' version 1 is not at ready state");
        assertThatThrownBy(entry::acquireLatest).hasMessage("Request for unknown model: 'm' has no available versions");
    }

    @Test
    void beginLoad_whileOneIsUnderWay_isRefusedAndChangesNothing() {
        entry.beginLoad(Set.of(1L));
        assertThatThrownBy(() -> entry.beginLoad(Set.of(2L))).isInstanceOf(IllegalStateException.class)
                .hasMessage("model 'm' is being loaded");
        assertThat(index()).containsExactly("1 LOADING");
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void beginLoad_afterTheLastOneEnded_isTaken(boolean succeeded) {
        entry.beginLoad(Set.of(1L));
        if (succeeded) {
            entry.publish(Map.of(1L, handle(1)), Map.of(), _ -> false);
        } else {
            entry.abandon(Map.of(1L, "broken"), false);
        }
        entry.beginLoad(Set.of(1L));
        assertThat(entry.state(1)).isEqualTo(succeeded ? ModelState.READY : ModelState.LOADING);
    }

    @Test
    void publish_loaded_isServed() {
        ModelHandle<AutoCloseable> one = handle(1);
        entry.beginLoad(Set.of(1L));
        assertThat(entry.publish(Map.of(1L, one), Map.of(), _ -> false)).isEmpty();
        assertThat(index()).containsExactly("1 READY");
        assertThat(entry.preventsReadiness()).isFalse();
        assertThat(entry.acquire(1)).isSameAs(one);
        assertThat(entry.acquireLatest()).isSameAs(one);
        one.release();
        one.release();
        assertThat(unused).as("it is still served").isEmpty();
    }

    @Test
    void publish_otherVersions_retiresThoseThatAreNotKept() {
        entry.beginLoad(Set.of(1L, 2L));
        ModelHandle<AutoCloseable> one = handle(1);
        entry.publish(Map.of(1L, one, 2L, handle(2)), Map.of(), _ -> false);
        entry.beginLoad(Set.of(3L));
        assertThat(entry.publish(Map.of(3L, handle(3)), Map.of(), Set.of(2L)::contains)).containsExactly(one);
        assertThat(index()).containsExactly("1 UNLOADING", "2 READY", "3 READY");
        assertThat(entry.readyVersions()).containsExactly(2L, 3L);
        assertThat(entry.acquireLatest().version()).isEqualTo(3);
        assertThatThrownBy(() -> entry.acquire(1)).hasMessageEndingWith("version 1 is not at ready state");
        entry.closed(one);
        assertThat(index()).containsExactly("1 UNAVAILABLE unloaded", "2 READY", "3 READY");
        assertThat(entry.preventsReadiness()).as("it was unloaded on purpose").isFalse();
    }

    @Test
    void publish_sameVersionAgain_replacesItWithoutAGap() {
        load(1);
        entry.beginLoad(Set.of(1L));
        assertThat(entry.state(1)).as("served while the new one loads").isEqualTo(ModelState.READY);
        ModelHandle<AutoCloseable> before = entry.acquire(1);
        ModelHandle<AutoCloseable> after = handle(1);
        assertThat(entry.publish(Map.of(1L, after), Map.of(), _ -> false)).containsExactly(before);
        assertThat(entry.acquire(1)).isSameAs(after);
        entry.closed(before);
        assertThat(index()).as("closing the old one says nothing of the new one").containsExactly("1 READY");
    }

    @Test
    void abandon_failedLoad_keepsWhatIsServedAndSaysWhyTheRestIsNot() {
        load(1);
        entry.beginLoad(Set.of(1L, 2L));
        entry.abandon(Map.of(1L, "bad", 2L, "broken"), false);
        assertThat(index()).containsExactly("1 READY", "2 UNAVAILABLE broken");
        assertThat(entry.preventsReadiness()).isTrue();
        assertThat(entry.acquireLatest().version()).isEqualTo(1);
    }

    @Test
    void publish_afterAFailure_forgetsTheReasonOfWhatIsNoLongerWanted() {
        entry.beginLoad(Set.of(1L, 2L));
        entry.abandon(Map.of(1L, "other failed", 2L, "broken"), false);
        load(1);
        assertThat(index()).containsExactly("1 READY", "2 UNAVAILABLE unloaded");
        assertThat(entry.preventsReadiness()).isFalse();
    }

    @Test
    void retire_everything_isForTheCallerToRelease() {
        entry.beginLoad(Set.of(1L, 2L, 3L));
        entry.publish(Map.of(1L, handle(1), 3L, handle(3)), Map.of(), _ -> false);
        assertThat(entry.state(2)).as("never loaded").isEqualTo(ModelState.LOADING);
        List<ModelHandle<AutoCloseable>> retired = entry.retire();
        assertThat(retired).extracting(ModelHandle::version).containsExactly(1L, 3L);
        assertThat(entry.readyVersions()).isEmpty();
        retired.forEach(ModelHandle::release);
        assertThat(unused).containsExactly(1L, 3L);
        assertThat(entry.retire()).as("nothing is left").isEmpty();
    }

    @Test
    void closed_handleOfAnotherLoad_changesNothing() {
        load(1);
        ModelHandle<AutoCloseable> first = entry.acquire(1);
        entry.retire();
        entry.beginLoad(Set.of(1L));
        entry.closed(first);
        assertThat(index()).as("it loads again").containsExactly("1 LOADING");
        entry.publish(Map.of(1L, handle(1)), Map.of(), _ -> false);
        entry.closed(first);
        entry.closed(handle(9));
        assertThat(index()).containsExactly("1 READY");
    }

    @Test
    void acquire_versionThatThereIsNot_isNotFound() {
        load(2);
        assertThatThrownBy(() -> entry.acquire(1))
                .isInstanceOfSatisfying(ModelLookupException.class,
                        e -> assertThat(e.reason()).isEqualTo(ModelLookupException.Reason.NOT_FOUND))
                .hasMessage("Request for unknown model: 'm' version 1 is not found");
    }

    @Test
    void acquireLatest_highestIsRetired_isTheNextOne() {
        entry.beginLoad(Set.of(1L, 2L));
        ModelHandle<AutoCloseable> two = handle(2);
        entry.publish(Map.of(1L, handle(1), 2L, two), Map.of(), _ -> false);
        two.release(); // as if it went between two looks
        assertThat(entry.acquireLatest().version()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"true, - UNAVAILABLE why, has no available versions", "false, - UNAVAILABLE why, is not found"})
    void reject_model_isListedWithItsReasonUntilItLoads(boolean prevents, String line, String text) {
        entry.reject("why", prevents);
        assertThat(index()).containsExactly(line);
        assertThat(entry.preventsReadiness()).isEqualTo(prevents);
        assertThatThrownBy(entry::acquireLatest).hasMessage("Request for unknown model: 'm' " + text);
        load(1);
        assertThat(index()).containsExactly("1 READY");
        assertThat(entry.preventsReadiness()).isFalse();
    }

    @Test
    void reject_modelThatIsServed_leavesItServed() {
        load(1);
        entry.reject("the new files cannot be read", true);
        assertThat(index()).containsExactly("1 READY");
        assertThat(entry.acquireLatest().version()).isEqualTo(1);
        assertThat(entry.preventsReadiness()).isFalse();
    }

    @Test
    void retire_rejectedModel_isUnknownAgain() {
        entry.reject("why", true);
        assertThat(entry.retire()).isEmpty();
        assertThat(index()).containsExactly("- UNKNOWN");
        assertThat(entry.preventsReadiness()).isFalse();
    }

    @Test
    void addTo_severalModels_appendsInOrder() {
        load(7);
        List<RepositoryIndexEntry> lines = new ArrayList<>(
                List.of(new RepositoryIndexEntry("a", OptionalLong.empty(), ModelState.UNKNOWN, "")));
        entry.addTo(lines);
        assertThat(lines).hasSize(2);
        assertThat(lines.getLast()).isEqualTo(new RepositoryIndexEntry("m", OptionalLong.of(7), ModelState.READY, ""));
    }
}
