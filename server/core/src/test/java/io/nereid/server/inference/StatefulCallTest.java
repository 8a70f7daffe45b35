package io.nereid.server.inference;

import io.nereid.inference.Cancellation;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.NanoClock;
import io.nereid.inference.TensorMemory;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.modelrepo.lifecycle.ModelLifecycle;
import io.nereid.server.ledger.Account;
import io.nereid.server.ledger.Ledger;
import io.nereid.server.ledger.LedgerLimits;
import io.nereid.server.ledger.Resource;
import io.nereid.server.model.ModelDemand;
import io.nereid.server.model.ServedModels;
import io.nereid.server.protocol.Admission;
import io.nereid.server.protocol.ClientRequest;
import io.nereid.server.protocol.InFlight;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Executor;

import static org.assertj.core.api.Assertions.assertThat;

/** What becomes of a call that no model takes on: everything is given back once, in whatever order things happen. */
class StatefulCallTest {
    private final TensorMemory memory = new TensorMemory(1 << 20, 1 << 20);
    private final Ledger ledger = new Ledger(new LedgerLimits(1 << 20, 1 << 20, 1, 0), NanoClock.SYSTEM);
    private final Admission admission = new Admission(ledger);
    private final ServedModels noModels = new ServedModels(new ModelLifecycle<>(1), true);
    private final OneWaits demand = new OneWaits();
    private final List<String> said = new ArrayList<>();

    private InferenceService service(@Nullable ModelDemand loads) {
        return new InferenceService(noModels, admission, memory, new CodecThreads(1), new NobodyObserves(), loads);
    }

    @AfterEach
    void nothingIsHeld() {
        assertThat(ledger.held(Resource.REQUESTS)).isZero();
        assertThat(ledger.held(Resource.HEAP)).isZero();
        memory.close();
    }

    @Test
    void serve_unknownModel_isRefusedAndTheMessageGivenBack() {
        InferenceService service = service(null);
        InferenceCall call = service.call(new Scripted(), null);
        call.serve("m", "");
        assertThat(said).containsExactly("discard", "refuse NOT_FOUND", "hasRead");
        assertThat(service.refused().counts()).isEqualTo(Map.of(RefusedRequests.Reason.UNKNOWN_MODEL, 1L));
        call.close();
        call.close();
        assertThat(said).as("ended once").containsExactly("discard", "refuse NOT_FOUND", "hasRead", "ended");
    }

    @Test
    void serve_messageNamesAnUnknownModel_isRefusedAfterItWasRead() {
        InferenceService service = service(null);
        InferenceCall call = service.call(new Scripted(), null);
        call.serve();
        assertThat(said).as("what is read is not given back").containsExactly("read", "refuse NOT_FOUND", "hasRead");
        assertThat(service.refused().counts()).isEqualTo(Map.of(RefusedRequests.Reason.UNKNOWN_MODEL, 1L));
        call.close();
    }

    @Test
    void serve_messageIsNoRequest_isCountedAsMalformed() {
        InferenceService service = service(null);
        InferenceCall call = service.call(new Scripted() {
            @Override
            public long read(InferenceCall of) throws InferenceException {
                throw new InferenceException(ErrorCode.INVALID_ARG, "no JSON");
            }
        }, null);
        call.serve();
        assertThat(said).containsExactly("refuse INVALID_ARG", "hasRead");
        assertThat(service.refused().counts()).isEqualTo(Map.of(RefusedRequests.Reason.MALFORMED, 1L));
        call.close();
    }

    @Test
    void serve_readingItFailsUnexpectedly_isAnsweredAllTheSame() {
        InferenceCall call = service(null).call(new Scripted() {
            @Override
            public long workToRead() {
                throw new IllegalStateException("a fault of the transport");
            }
        }, null);
        call.serve();
        assertThat(said).containsExactly("discard", "refuse INTERNAL", "hasRead");
        call.close();
    }

    @Test
    void close_beforeItIsRead_isNeitherReadNorAnswered() {
        InferenceCall call = service(null).call(new Scripted(), null);
        call.close();
        assertThat(call.isCancelled()).isTrue();
        call.serve();
        assertThat(said).containsExactly("discard", "ended", "hasRead");
    }

    @Test
    void serve_modelIsLoadedWhenItIsAskedFor_waitsWithItsPlaceInFlight() {
        InferenceCall call = service(demand).call(new Scripted(), null);
        call.serve("m", "");
        assertThat(said).isEmpty();
        assertThat(demand.inFlight.requests()).isOne();
        assertThat(ledger.held(Resource.REQUESTS)).isOne();
        Objects.requireNonNull(demand.waiter).refused(new InferenceException(ErrorCode.UNAVAILABLE, "no room"));
        assertThat(said).containsExactly("discard", "refuse UNAVAILABLE", "hasRead");
        call.close();
        assertThat(demand.inFlight.requests()).isZero();
    }

    @Test
    void close_whileItWaitsForItsModel_endsTheWait() {
        InferenceService service = service(demand);
        InferenceCall call = service.call(new Scripted(), null);
        call.serve("m", "");
        call.close();
        assertThat(said).containsExactly("discard", "ended", "hasRead");
        assertThat(service.refused().counts()).as("the client's going is no refusal").isEmpty();
    }

    @Test
    void cancel_whileItWaitsForItsModel_isAnsweredAsCancelled() {
        InferenceCall call = service(demand).call(new Scripted(), null);
        call.serve("m", "");
        call.cancel();
        assertThat(said).containsExactly("discard", "refuse CANCELLED", "hasRead");
        call.close();
    }

    /** Lets the last request wait until the test says what becomes of it, or it is cancelled. */
    private static final class OneWaits implements ModelDemand {
        private final InFlight inFlight = new InFlight();
        private @Nullable Waiter waiter;

        @Override
        public void asked(String model) {
            // nothing is loaded
        }

        @Override
        public boolean knows(String model) {
            return true;
        }

        @Override
        public void await(String model, String version, Waiter one) {
            waiter = one;
            Cancellation cancellation = () -> one.refused(new InferenceException(ErrorCode.CANCELLED, "cancelled"));
            one.waits(cancellation);
        }

        @Override
        public InFlight waiting() {
            return inFlight;
        }
    }

    /** Names model "m" in its message, and notes what it is told. */
    private class Scripted implements InferenceTransport<String> {
        @Override
        public @Nullable Account account() {
            return null;
        }

        @Override
        public long bytes() {
            return 100;
        }

        @Override
        public RequestIdentity identity() {
            return new RequestIdentity("", "m", "");
        }

        @Override
        public @Nullable InferenceException unsupported(ModelConfig config) {
            return null;
        }

        @Override
        public long workToRead() {
            return 1;
        }

        @Override
        public long read(InferenceCall call) throws InferenceException {
            said.add("read");
            call.admit("m", "");
            return 0;
        }

        @Override
        public ClientRequest complete() {
            throw new AssertionError("no model admits it");
        }

        @Override
        public void discard() {
            said.add("discard");
        }

        @Override
        public void hasRead() {
            said.add("hasRead");
        }

        @Override
        public boolean isStream() {
            return false;
        }

        @Override
        public Executor executor() {
            return CALLER;
        }

        @Override
        public long workToWrite(InferenceResponse response) {
            return 0;
        }

        @Override
        public String encode(InferenceCall call, InferenceResponse response, boolean last) {
            throw new AssertionError("no model responds");
        }

        @Override
        public void send(InferenceCall call, String response, boolean last) {
            throw new AssertionError("no model responds");
        }

        @Override
        public void end(InferenceCall call) {
            throw new AssertionError("no model responds");
        }

        @Override
        public void refuse(InferenceCall call, InferenceException error) {
            said.add("refuse " + error.code());
        }

        @Override
        public void fail(InferenceCall call, InferenceException error, boolean last) {
            throw new AssertionError("no model takes it on");
        }

        @Override
        public void ended() {
            said.add("ended");
        }
    }
}
