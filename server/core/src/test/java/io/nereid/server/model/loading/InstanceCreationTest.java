package io.nereid.server.model.loading;

import io.nereid.backend.Abandonment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.InstancePlacement;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.scheduler.instance.Batch;
import io.nereid.scheduler.instance.ModelInstance;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class InstanceCreationTest {
    private static final String FAILING = "m_0_1";

    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final List<String> closed = Collections.synchronizedList(new ArrayList<>());

    @Test
    void create_modelThatCreatesAtOnce_eachWaitsForTheOthers() throws Exception {
        CyclicBarrier all = new CyclicBarrier(3);
        List<ModelInstance> created = InstanceCreation.create(new Model(true, place -> {
            try {
                all.await();
            } catch (InterruptedException | BrokenBarrierException e) {
                throw new IllegalStateException(e);
            }
        }), places(3), new Abandonment());
        assertThat(created).extracting(ModelInstance::name).containsExactly("m_0_0", "m_0_1", "m_0_2");
    }

    @Test
    void create_oneOfThemFailsAtOnce_closesTheOthers() {
        assertThatThrownBy(() -> InstanceCreation.create(new Model(true, InstanceCreationTest::failing), places(3),
                new Abandonment()))
                .isInstanceOf(InferenceException.class).hasMessage("there is no place");
        assertThat(closed).containsExactlyInAnyOrder("m_0_0", "m_0_2");
    }

    @Test
    void create_oneOfThemFailsInTurn_createsNoMore() {
        assertThatThrownBy(() -> InstanceCreation.create(new Model(false, InstanceCreationTest::failing), places(3),
                new Abandonment()))
                .isInstanceOf(InferenceException.class).hasMessage("there is no place");
        assertThat(asked).containsExactly("m_0_0", FAILING);
        assertThat(closed).containsExactly("m_0_0");
    }

    private static void failing(InstancePlacement place) throws InferenceException {
        if (place.name().equals(FAILING)) {
            throw new InferenceException(ErrorCode.UNAVAILABLE, "there is no place");
        }
    }

    private static List<InstancePlacement> places(int count) {
        return IntStream.range(0, count).mapToObj(
                i -> new InstancePlacement("m_0_" + i, InstancePlacement.Kind.CPU, 0, 1, false)).toList();
    }

    @FunctionalInterface
    private interface Start {
        void of(InstancePlacement place) throws InferenceException;
    }

    private final class Model implements BackendModel {
        private final boolean atOnce;
        private final Start start;

        Model(boolean atOnce, Start start) {
            this.atOnce = atOnce;
            this.start = start;
        }

        @Override
        public boolean createsInstancesAtOnce() {
            return atOnce;
        }

        @Override
        public ModelInstance createInstance(InstancePlacement placement) throws InferenceException {
            asked.add(placement.name());
            start.of(placement);
            return new Instance(placement.name());
        }

        @Override
        public void close() {
            // There is nothing to close.
        }
    }

    private final class Instance implements ModelInstance {
        private final String name;

        Instance(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public void execute(Batch batch) {
            throw new AssertionError("nothing is executed");
        }

        @Override
        public void close() {
            closed.add(name);
        }
    }
}
