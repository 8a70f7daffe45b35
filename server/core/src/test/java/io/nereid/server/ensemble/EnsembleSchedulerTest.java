package io.nereid.server.ensemble;

import io.nereid.inference.Cancellation;
import io.nereid.inference.CorrelationId;
import io.nereid.inference.ErrorCode;
import io.nereid.inference.InferenceException;
import io.nereid.inference.InferenceResponse;
import io.nereid.inference.ParameterValue;
import io.nereid.inference.RecordingListener;
import io.nereid.inference.RequestOptions;
import io.nereid.inference.Shape;
import io.nereid.inference.StreamListener;
import io.nereid.inference.Tensor;
import io.nereid.inference.TensorData;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.server.protocol.RequestedOutput;
import io.nereid.statistics.FailureReason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import static io.nereid.server.ensemble.Configs.decoupled;
import static io.nereid.server.ensemble.Configs.ensemble;
import static io.nereid.server.ensemble.Configs.input;
import static io.nereid.server.ensemble.Configs.output;
import static io.nereid.server.ensemble.Configs.step;
import static io.nereid.server.ensemble.Configs.steps;
import static io.nereid.server.ensemble.FakeModel.tensor;
import static io.nereid.server.ensemble.FakeModel.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

@Timeout(60)
class EnsembleSchedulerTest {
    private static final ModelConfig MODEL = Configs.model("a", input("IN", "1") + output("OUT", "1"));
    private static final ModelConfig STREAM = Configs.model("s",
            decoupled() + input("IN", "1") + output("OUT", "1"));
    private static final ModelConfig SUM = Configs.model("sum",
            input("X", "1") + input("Y", "1") + output("OUT", "1"));

    private final RecordingListener listener = new RecordingListener();

    private static ModelConfig chain(String more) {
        return ensemble(input("I", "1") + output("O", "1") + steps(step("a", "IN=I", "->", "OUT=t"),
                step("a", "IN=t", "->", "OUT=O")).replace("} ] }", "} ] " + more + " }"));
    }

    /** Two branches of one input each that do not know each other. */
    private static ModelConfig branches() {
        return ensemble(input("I", "1") + input("J", "1") + output("O", "1") + output("P", "1")
                + steps(step("a", "IN=I", "->", "OUT=O"), step("a", "IN=J", "->", "OUT=P")));
    }

    private static long only(InferenceResponse response, String name) {
        return value(response.outputs().stream().filter(output -> output.name().equals(name)).findFirst()
                .orElseThrow());
    }

    private static List<String> names(InferenceResponse response) {
        return response.outputs().stream().map(Tensor::name).toList();
    }

    @Test
    void enqueue_chain_runsStepByStepOnTheSameMemory() throws Exception {
        TestEnsemble e = new TestEnsemble(chain(""), MODEL, MODEL);
        Tensor in = tensor("I", 5);
        e.infer(listener, List.of(), in);
        assertThat(e.model(0).last().request.inputs().getFirst().memory()).isSameAs(in.memory());
        assertThat(e.model(0).last().ownBytes).as("the request's own bytes are counted with it").isZero();
        assertThat(e.model(0).last().request.id()).isEqualTo("id");
        assertThat(e.model(1).asked).isEmpty();
        Tensor between = tensor("OUT", 6);
        e.model(0).answer(e.model(0).last(), between);
        assertThat(e.body.releases()).as("nobody needs it any more").isEqualTo(1);
        assertThat(e.model(1).last().request.inputs().getFirst().memory()).isSameAs(between.memory());
        assertThat(e.model(1).last().ownBytes).isEqualTo(8);
        Tensor last = tensor("OUT", 7);
        e.model(1).answer(e.model(1).last(), last);
        assertThat(names(listener.response())).containsExactly("O");
        assertThat(listener.response().outputs().getFirst().memory()).isSameAs(last.memory());
        assertThat(e.held).as("only the answer is held").hasValue(1);
        listener.response().memory().release();
        assertThat(e.held).hasValue(0);
        assertThat(e.statistics.snapshot().success().count()).isEqualTo(1);
        assertThat(e.statistics.snapshot().executionCount()).isEqualTo(1);
        assertThat(e.statistics.metrics().instances()).as("an ensemble has none").isEmpty();
    }

    @Test
    void enqueue_fanOutAndIn_startsWhatHasItsInputs() throws Exception {
        TestEnsemble e = new TestEnsemble(ensemble(input("I", "1") + output("O", "1")
                + steps(step("sum", "X=t", "Y=u", "->", "OUT=O"), step("a", "IN=I", "->", "OUT=t"),
                        step("a", "IN=I", "->", "OUT=u"))),
                SUM, MODEL, MODEL);
        e.infer(listener, List.of(), tensor("I", 1));
        assertThat(e.model(1).asked).hasSize(1);
        assertThat(e.model(2).asked).hasSize(1);
        e.model(2).answer(e.model(2).last(), tensor("OUT", 20));
        assertThat(e.model(0).asked).isEmpty();
        e.model(1).answer(e.model(1).last(), tensor("OUT", 10));
        assertThat(value(e.model(0).last(), "X")).isEqualTo(10);
        assertThat(value(e.model(0).last(), "Y")).isEqualTo(20);
        e.model(0).answer(e.model(0).last(), tensor("OUT", 30));
        assertThat(only(listener.response(), "O")).isEqualTo(30);
    }

    @Test
    void enqueue_someOutputs_runsOnlyWhatTheyNeed() throws Exception {
        for (String wanted : List.of("O", "P")) {
            TestEnsemble e = new TestEnsemble(branches(), MODEL, MODEL);
            RecordingListener answered = new RecordingListener();
            e.infer(answered, List.of(wanted), tensor("I", 1), tensor("J", 2));
            int needed = wanted.equals("O") ? 0 : 1;
            assertThat(e.model(1 - needed).asked).isEmpty();
            e.model(needed).answer(e.model(needed).last(), tensor("OUT", 9));
            assertThat(names(answered.response())).containsExactly(wanted);
            assertThat(e.body.releases()).isEqualTo(1);
        }
    }

    @Test
    void enqueue_someOutputsOfAModel_asksItForNoOthers() throws Exception {
        ModelConfig two = Configs.model("two", input("IN", "1") + output("OUT", "1") + output("MORE", "1"));
        TestEnsemble e = new TestEnsemble(ensemble(input("I", "1") + output("O", "1") + output("P", "1")
                + steps(step("two", "IN=I", "->", "OUT=O", "MORE=P"))), two);
        e.infer(listener, List.of("P"), tensor("I", 1));
        assertThat(e.model(0).last().request.outputs()).extracting(RequestedOutput::name).containsExactly("MORE");
    }

    @Test
    void enqueue_missingTensors_areLeftOut() throws Exception {
        ModelConfig optional = Configs.model("sum", input("X", "1")
                + "input { name: 'Y' data_type: TYPE_INT64 dims: [ 1 ] optional: true }" + output("OUT", "1"));
        TestEnsemble e = new TestEnsemble(ensemble(input("I", "1")
                + "input { name: 'J' data_type: TYPE_INT64 dims: [ 1 ] optional: true }" + output("O", "1")
                + output("P", "1")
                + steps(step("sum", "X=I", "Y=J", "->", "OUT=O"), step("a", "IN=O", "->", "OUT=P"))), optional, MODEL);
        e.infer(listener, List.of(), tensor("I", 1));
        assertThat(e.model(0).last().request.inputs()).extracting(Tensor::name).containsExactly("X");
        e.model(0).answer(e.model(0).last(), tensor("OUT", 2));
        e.model(1).answer(e.model(1).last());
        assertThat(names(listener.response())).as("a step that gives nothing is no error").containsExactly("O");
        listener.response().memory().release();
        assertThat(e.held).hasValue(0);
    }

    @Test
    void enqueue_batchingAndNot_areBridged() throws Exception {
        ModelConfig batched = Configs.model("b", "max_batch_size: 4\n" + input("IN", "1") + output("OUT", "1"));
        TestEnsemble e = new TestEnsemble(ensemble("max_batch_size: 4\n" + input("I", "1") + output("O", "1")
                + steps(step("b", "IN=I", "->", "OUT=t"), step("a", "IN=t", "->", "OUT=O"))), batched, MODEL);
        e.infer(listener, List.of(), tensor("I", 1, Shape.of(1, 1)));
        assertThat(e.model(0).last().request.inputs().getFirst().shape()).isEqualTo(Shape.of(1, 1));
        e.model(0).answer(e.model(0).last(), tensor("OUT", 2, Shape.of(1, 1)));
        assertThat(e.model(1).last().request.inputs().getFirst().shape()).isEqualTo(Shape.of(1));
        e.model(1).answer(e.model(1).last(), tensor("OUT", 3));
        assertThat(listener.response().outputs().getFirst().shape()).isEqualTo(Shape.of(1, 1));
    }

    /** A Python model may write where its inputs lie. */
    @Test
    void enqueue_tensorThatSeveralTake_isMarkedForWorkers() throws Exception {
        Tensor in = tensor("I", 1);
        Tensor mapped = new Tensor("I", in.dataType(), in.shape(),
                TensorData.host(TensorData.Kind.SHARED, in.data()));
        TestEnsemble alone = new TestEnsemble(chain(""), MODEL, MODEL);
        alone.infer(new RecordingListener(), List.of(), mapped);
        assertThat(alone.model(0).last().request.inputs().getFirst().memory().isForSeveral()).isFalse();
        TestEnsemble several = new TestEnsemble(ensemble(input("I", "1") + output("O", "1") + output("P", "1")
                + steps(step("a", "IN=I", "->", "OUT=O"), step("a", "IN=I", "->", "OUT=P"))), MODEL, MODEL);
        several.infer(new RecordingListener(), List.of(), mapped);
        for (FakeModel model : several.models) {
            Tensor given = model.last().request.inputs().getFirst();
            assertThat(given.memory().isForSeveral()).isTrue();
            assertThat(given.memory().address()).as("nothing is copied here").isEqualTo(mapped.memory().address());
        }
    }

    @Test
    void failure_cancelsTheRestAndIsTheOnlyAnswer() throws Exception {
        TestEnsemble e = new TestEnsemble(branches(), MODEL, MODEL);
        e.infer(listener, List.of(), tensor("I", 1), tensor("J", 2));
        e.model(0).fail(e.model(0).last(), ErrorCode.UNAVAILABLE, "Exceeds maximum queue size");
        assertThat(e.model(1).last().cancelled).isTrue();
        assertThat(listener.outcomes()).as("a step still runs").isEmpty();
        e.model(1).fail(e.model(1).last(), ErrorCode.CANCELLED, "cancelled");
        assertThat(listener.error().code()).isEqualTo(ErrorCode.UNAVAILABLE);
        assertThat(listener.error().text()).isEqualTo("in ensemble 'e', Exceeds maximum queue size");
        assertThat(e.body.releases()).isEqualTo(1);
        assertThat(e.statistics.metrics().failures().get(FailureReason.OTHER)).isEqualTo(1);
    }

    @Test
    void failure_afterAnotherStepAnswered_releasesWhatThatMade() throws Exception {
        TestEnsemble e = new TestEnsemble(branches(), MODEL, MODEL);
        e.infer(listener, List.of(), tensor("I", 1), tensor("J", 2));
        e.model(0).answer(e.model(0).last(), tensor("OUT", 2));
        e.model(1).fail(e.model(1).last(), ErrorCode.INTERNAL, "no");
        assertThat(listener.error().text()).isEqualTo("in ensemble 'e', no");
        assertThat(e.held).hasValue(0);
    }

    @Test
    void cancel_reachesRunningStepsAndStartsNoOthers() throws Exception {
        TestEnsemble e = new TestEnsemble(chain(""), MODEL, MODEL);
        Cancellation cancellation = e.infer(listener, List.of(), tensor("I", 1));
        cancellation.cancel();
        assertThat(e.model(0).last().cancelled).isTrue();
        e.model(0).answer(e.model(0).last(), tensor("OUT", 2)); // it was too late for that one
        assertThat(e.model(1).asked).isEmpty();
        assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
        assertThat(e.held).hasValue(0);
        assertThat(e.statistics.metrics().failures().get(FailureReason.CANCELED)).isEqualTo(1);
    }

    @Test
    void options_areForwardedWithTheTimeThatIsLeft() throws Exception {
        TestEnsemble e = new TestEnsemble(chain(""), MODEL, MODEL);
        e.infer(listener, List.of(), new RequestOptions(3, 1_000, CorrelationId.of(7), true, false), tensor("I", 1));
        assertThat(e.model(0).last().request.options())
                .isEqualTo(new RequestOptions(3, 1_000, CorrelationId.of(7), true, false));
        e.clock.advance(Duration.ofNanos(400_000));
        e.model(0).answer(e.model(0).last(), tensor("OUT", 2));
        assertThat(e.model(1).last().request.options())
                .isEqualTo(new RequestOptions(3, 600, CorrelationId.of(7), true, false));
    }

    @Test
    void sequenceParametersOfAStep_areThoseOfLaterStepsAndOfTheAnswer() throws Exception {
        TestEnsemble e = new TestEnsemble(chain(""), MODEL, MODEL);
        e.infer(listener, List.of(), tensor("I", 1));
        FakeModel.Asked first = e.model(0).last();
        first.request.memory().release();
        Map<String, ParameterValue> said = Map.of("sequence_id", new ParameterValue.Int(12), "sequence_start",
                new ParameterValue.Flag(true), "other", new ParameterValue.Int(1));
        first.listener.onResponse(e.model(0).response(said, tensor("OUT", 2)), true);
        assertThat(e.model(1).last().request.options())
                .isEqualTo(new RequestOptions(0, 0, CorrelationId.of(12), true, false));
        e.model(1).answer(e.model(1).last(), tensor("OUT", 3));
        assertThat(listener.response().parameters()).isEqualTo(Map.of("sequence_id", new ParameterValue.Int(12),
                "sequence_start", new ParameterValue.Flag(true), "sequence_end", new ParameterValue.Flag(false)));
    }

    @Test
    void answer_ofAnyRequest_namesItsSequence() throws Exception {
        TestEnsemble e = new TestEnsemble(chain(""), MODEL, MODEL);
        RequestOptions options = RequestOptions.DEFAULT.inSequence(CorrelationId.of("t"), false, true);
        e.infer(listener, List.of(), options, Map.of(), tensor("I", 1));
        e.model(0).answer(e.model(0).last(), tensor("OUT", 2));
        e.model(1).answer(e.model(1).last(), tensor("OUT", 3));
        assertThat(listener.response().parameters()).isEqualTo(Map.of("sequence_id", new ParameterValue.Text("t"),
                "sequence_start", new ParameterValue.Flag(false), "sequence_end", new ParameterValue.Flag(true)));
    }

    @Test
    void sequenceParametersOfTheWrongType_fail() throws Exception {
        Map<Map<String, ParameterValue>, String> wrong = Map.of(
                Map.of("sequence_id", new ParameterValue.Flag(true)),
                "expected parameter 'sequence_id' to be TRITONSERVER_PARAMETER_INT or TRITONSERVER_PARAMETER_STRING",
                Map.of("sequence_start", new ParameterValue.Int(1)),
                "expect parameter 'sequence_start' to be TRITONSERVER_PARAMETER_BOOL",
                Map.of("sequence_end", new ParameterValue.Text("true")),
                "expect parameter 'sequence_end' to be TRITONSERVER_PARAMETER_BOOL");
        for (Map.Entry<Map<String, ParameterValue>, String> each : wrong.entrySet()) {
            TestEnsemble e = new TestEnsemble(chain(""), MODEL, MODEL);
            RecordingListener answered = new RecordingListener();
            e.infer(answered, List.of(), tensor("I", 1));
            FakeModel.Asked first = e.model(0).last();
            first.request.memory().release();
            first.listener.onResponse(e.model(0).response(each.getKey(), tensor("OUT", 2)), true);
            assertThat(answered.error().text()).isEqualTo("in ensemble 'e', " + each.getValue());
            assertThat(e.held).hasValue(0);
        }
    }

    @Test
    void maxInflightRequests_letOthersWaitWithoutAThread() throws Exception {
        TestEnsemble e = new TestEnsemble(chain("max_inflight_requests: 1"), MODEL, MODEL);
        List<RecordingListener> listeners = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            listeners.add(new RecordingListener());
            e.infer(listeners.get(i), List.of(), tensor("I", i));
        }
        assertThat(e.model(0).asked).hasSize(1);
        e.model(0).answer(e.model(0).asked.get(0), tensor("OUT", 10));
        assertThat(e.model(0).asked).as("the next one").hasSize(2);
        assertThat(e.model(1).asked).hasSize(1);
        e.model(0).answer(e.model(0).asked.get(1), tensor("OUT", 11));
        assertThat(e.model(1).asked).as("the second step is limited too").hasSize(1);
        e.model(1).answer(e.model(1).asked.get(0), tensor("OUT", 20));
        assertThat(value(e.model(1).last(), "IN")).isEqualTo(11);
        assertThat(only(listeners.get(0).response(), "O")).isEqualTo(20);
    }

    @Test
    void maxInflightRequests_whatWaits_isCharged() throws Exception {
        TestEnsemble e = new TestEnsemble(chain("max_inflight_requests: 1"), MODEL, MODEL);
        List<RecordingListener> listeners = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            listeners.add(new RecordingListener());
            e.infer(listeners.get(i), List.of(), tensor("I", i));
            e.model(0).answer(e.model(0).last(), tensor("OUT", 10));
        }
        assertThat(e.model(1).asked).hasSize(1);
        assertThat(e.services.charged()).as("one runs, two wait").isEqualTo(24);
        e.model(1).answer(e.model(1).last(), tensor("OUT", 20));
        assertThat(e.services.charged()).as("the answer is its receiver's").isEqualTo(16);
        e.model(1).answer(e.model(1).last(), tensor("OUT", 21));
        e.model(1).fail(e.model(1).last(), ErrorCode.INTERNAL, "no");
        assertThat(e.services.charged()).isZero();
        listeners.get(0).response().memory().release();
        listeners.get(1).response().memory().release();
        assertThat(e.services.charged()).isZero();
        assertThat(e.held).hasValue(0);
    }

    @Test
    void enqueue_tensorThatWaitsForAnotherStep_isCharged() throws Exception {
        TestEnsemble e = new TestEnsemble(ensemble(input("I", "1") + output("O", "1") + steps(
                step("a", "IN=I", "->", "OUT=t"), step("a", "IN=I", "->", "OUT=u"),
                step("sum", "X=t", "Y=u", "->", "OUT=O"))), MODEL, MODEL, SUM);
        Cancellation request = e.infer(listener, List.of(), tensor("I", 1));
        e.model(0).answer(e.model(0).last(), tensor("OUT", 10));
        assertThat(e.services.charged()).isEqualTo(8);
        request.cancel();
        e.model(1).fail(e.model(1).last(), ErrorCode.CANCELLED, "cancelled");
        assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
        assertThat(e.services.charged()).isZero();
    }

    @Test
    void decoupled_moreThanCanBeHeld_endsTheRequest() throws Exception {
        StreamListener stream = new StreamListener();
        TestEnsemble e = new TestEnsemble(chain(""), STREAM, MODEL);
        e.infer(stream, List.of(), tensor("I", 1));
        FakeModel.Asked source = e.model(0).last();
        for (int i = 0; i < 1000; i++) {
            source.listener.onResponse(e.model(0).response(Map.of(), tensor("OUT", i)), false);
        }
        assertThat(source.cancelled).isTrue();
        assertThat(e.services.charged()).as("of 1,000 bytes").isBetween(900L, 1000L);
        source.request.memory().release();
        source.listener.onEnd();
        e.model(1).asked.forEach(asked -> e.model(1).fail(asked, ErrorCode.CANCELLED, "cancelled"));
        assertThat(((InferenceException) stream.end()).text())
                .startsWith("in ensemble 'e', too many bytes");
        assertThat(e.services.charged()).isZero();
        assertThat(e.held).hasValue(0);
    }

    @Test
    void cycle_withoutAnInstance_endsWithTheModelsThatWait() throws Exception {
        TestEnsemble e = new TestEnsemble(chain(""), MODEL, MODEL);
        e.services.cycles.put("a", new CallCycle(List.of("e", "a", "e")));
        e.infer(listener, List.of(), tensor("I", 1));
        assertThat(e.alarm.delays()).containsExactly(10_000_000_000L);
        e.alarm.fireLast();
        assertThat(e.model(0).last().cancelled).isTrue();
        e.model(0).fail(e.model(0).last(), ErrorCode.CANCELLED, "cancelled");
        assertThat(listener.error().text())
                .isEqualTo("in ensemble 'e', the models e -> a -> e wait for each other, and no"
                        + " instance of 'a' became free within 10 s");
        assertThat(listener.error().code()).isEqualTo(ErrorCode.INTERNAL);
    }

    @Test
    void cycle_behindTheLimit_endsWithTheModelsThatWait() throws Exception {
        TestEnsemble e = new TestEnsemble(chain("max_inflight_requests: 1"), MODEL, MODEL);
        e.infer(new RecordingListener(), List.of(), tensor("I", 1));
        e.services.cycles.put("a", new CallCycle(List.of("e", "a", "e")));
        e.infer(listener, List.of(), tensor("I", 2));
        e.alarm.fireLast();
        assertThat(listener.error().text()).contains("the models e -> a -> e wait for each other");
        assertThat(e.alarm.pending()).isZero();
    }

    @Test
    void cycle_withAnInstanceFree_isServed() throws Exception {
        TestEnsemble e = new TestEnsemble(chain(""), MODEL, MODEL);
        e.services.cycles.put("a", new CallCycle(List.of("e", "a", "e")));
        e.infer(listener, List.of(), tensor("I", 1));
        e.model(0).last().times.started(5);
        e.alarm.fire(0);
        assertThat(e.model(0).last().cancelled).as("it runs").isFalse();
        e.model(0).answer(e.model(0).last(), tensor("OUT", 10));
        e.model(1).answer(e.model(1).last(), tensor("OUT", 20));
        assertThat(only(listener.response(), "O")).isEqualTo(20);
        assertThat(e.alarm.pending()).isZero();
    }

    @Test
    void cancel_whileAStepWaitsForTheLimit_endsAtOnce() throws Exception {
        TestEnsemble e = new TestEnsemble(chain("max_inflight_requests: 1"), MODEL, MODEL);
        e.infer(new RecordingListener(), List.of(), tensor("I", 1));
        Cancellation second = e.infer(listener, List.of(), tensor("I", 2));
        second.cancel();
        assertThat(listener.error().code()).isEqualTo(ErrorCode.CANCELLED);
        e.model(0).answer(e.model(0).last(), tensor("OUT", 10));
        assertThat(e.model(0).asked).as("it does not come after all").hasSize(1);
    }

    @Test
    void decoupled_eachResponseGoesThroughAlone_inOrder() throws Exception {
        List<Long> seen = new ArrayList<>();
        StreamListener stream = new StreamListener(response -> seen.add(only(response, "O")));
        TestEnsemble e = new TestEnsemble(chain(""), STREAM, MODEL);
        e.infer(stream, List.of(), tensor("I", 1));
        FakeModel.Asked source = e.model(0).last();
        for (int i = 0; i < 3; i++) {
            source.listener.onResponse(e.model(0).response(Map.of(), tensor("OUT", i)), false);
        }
        source.request.memory().release();
        source.listener.onEnd();
        assertThat(e.model(1).asked).hasSize(3);
        for (int i = 2; i >= 0; i--) { // the last one is the first to be ready
            e.model(1).answer(e.model(1).asked.get(i), tensor("OUT", 100 + i));
        }
        assertThat(stream.end()).isEqualTo("end");
        assertThat(seen).containsExactly(100L, 101L, 102L);
        assertThat(e.held).hasValue(0);
        assertThat(e.body.releases()).isEqualTo(1);
        assertThat(e.statistics.snapshot().success().count()).isEqualTo(1);
    }

    @Test
    void decoupled_withoutResponses_justEnds() throws Exception {
        StreamListener stream = new StreamListener();
        TestEnsemble e = new TestEnsemble(chain(""), STREAM, MODEL);
        e.infer(stream, List.of(), tensor("I", 1));
        e.model(0).last().request.memory().release();
        e.model(0).last().listener.onEnd();
        assertThat(stream.end()).isEqualTo("end");
        assertThat(stream.responses()).isZero();
    }

    @Test
    void decoupled_failure_comesAfterWhatWasThereBefore() throws Exception {
        StreamListener stream = new StreamListener();
        TestEnsemble e = new TestEnsemble(chain(""), STREAM, MODEL);
        e.infer(stream, List.of(), tensor("I", 1));
        FakeModel.Asked source = e.model(0).last();
        source.listener.onResponse(e.model(0).response(Map.of(), tensor("OUT", 1)), false);
        source.listener.onResponse(e.model(0).response(Map.of(), tensor("OUT", 2)), false);
        e.model(1).answer(e.model(1).asked.get(0), tensor("OUT", 101));
        e.model(1).fail(e.model(1).asked.get(1), ErrorCode.UNAVAILABLE, "full");
        assertThat(source.cancelled).isTrue();
        e.model(0).fail(source, ErrorCode.CANCELLED, "cancelled");
        assertThat(stream.error().text()).isEqualTo("in ensemble 'e', full");
        assertThat(stream.responses()).isEqualTo(1);
        assertThat(e.held).hasValue(0);
        assertThat(e.body.releases()).isEqualTo(1);
    }

    @Test
    void decoupled_withATensorOfTheRequest_repeatsThat() throws Exception {
        List<Long> seen = new ArrayList<>();
        StreamListener stream = new StreamListener(response -> seen.add(only(response, "O")));
        TestEnsemble e = new TestEnsemble(ensemble(input("I", "1") + output("O", "1")
                + steps(step("s", "IN=I", "->", "OUT=t"), step("a", "IN=I", "->", "OUT=u"),
                        step("sum", "X=t", "Y=u", "->", "OUT=O"))),
                STREAM, MODEL, SUM);
        e.infer(stream, List.of(), tensor("I", 1));
        FakeModel.Asked source = e.model(0).last();
        source.listener.onResponse(e.model(0).response(Map.of(), tensor("OUT", 1)), false);
        assertThat(e.model(2).asked).isEmpty();
        e.model(1).answer(e.model(1).last(), tensor("OUT", 50));
        source.listener.onResponse(e.model(0).response(Map.of(), tensor("OUT", 2)), false);
        source.request.memory().release();
        source.listener.onEnd();
        for (FakeModel.Asked sum : List.copyOf(e.model(2).asked)) {
            e.model(2).answer(sum, tensor("OUT", value(sum, "X") + value(sum, "Y")));
        }
        assertThat(stream.end()).isEqualTo("end");
        assertThat(seen).containsExactly(51L, 52L);
        assertThat(e.held).hasValue(0);
        assertThat(e.body.releases()).isEqualTo(1);
    }

    @Test
    void decoupled_behindDecoupled_multiplies() throws Exception {
        List<Long> seen = new ArrayList<>();
        StreamListener stream = new StreamListener(response -> seen.add(only(response, "O")));
        TestEnsemble e = new TestEnsemble(chain(""), STREAM, STREAM);
        e.infer(stream, List.of(), tensor("I", 1));
        FakeModel.Asked source = e.model(0).last();
        for (int i = 1; i <= 2; i++) {
            source.listener.onResponse(e.model(0).response(Map.of(), tensor("OUT", i)), i == 2);
        }
        source.request.memory().release();
        for (FakeModel.Asked inner : List.copyOf(e.model(1).asked)) {
            for (int i = 0; i < 2; i++) {
                inner.listener.onResponse(e.model(1).response(Map.of(), tensor("OUT", 10 * value(inner, "IN") + i)),
                        false);
            }
            inner.request.memory().release();
            inner.listener.onEnd();
        }
        assertThat(stream.end()).isEqualTo("end");
        assertThat(seen).containsExactly(10L, 11L, 20L, 21L);
        assertThat(e.held).hasValue(0);
    }

    @Test
    void explain_hasEachStepAndTheCriticalPath() throws Exception {
        TestEnsemble e = new TestEnsemble(ensemble(input("I", "1") + output("O", "1")
                + steps(step("sum", "X=t", "Y=u", "->", "OUT=O"), step("a", "IN=I", "->", "OUT=t"),
                        step("a", "IN=I", "->", "OUT=u"))),
                SUM, MODEL, MODEL);
        e.infer(listener, List.of(), RequestOptions.DEFAULT, Map.of("nereid_explain", new ParameterValue.Flag(true)),
                tensor("I", 1));
        e.clock.advance(Duration.ofNanos(5_000));
        e.model(1).answer(e.model(1).last(), tensor("OUT", 10));
        e.clock.advance(Duration.ofNanos(2_000));
        e.model(2).answer(e.model(2).last(), tensor("OUT", 20));
        e.clock.advance(Duration.ofNanos(1_000));
        e.model(0).answer(e.model(0).last(), tensor("OUT", 30));
        String queue = ",\"queue_us\":0,\"compute_us\":0";
        assertThat(listener.response().parameters()).contains(Map.entry("nereid_explain",
                new ParameterValue.Text("{\"total_us\":8,\"critical_path\":[2,0],\"steps\":["
                        + "{\"step\":0,\"model\":\"sum\",\"requests\":1,\"start_us\":7" + queue + ",\"end_us\":8},"
                        + "{\"step\":1,\"model\":\"a\",\"requests\":1,\"start_us\":0" + queue + ",\"end_us\":5},"
                        + "{\"step\":2,\"model\":\"a\",\"requests\":1,\"start_us\":0" + queue + ",\"end_us\":7}]}")));
    }

    @Test
    void close_rejectsNewRequests() {
        TestEnsemble e = new TestEnsemble(chain(""), MODEL, MODEL);
        e.scheduler.close();
        assertThatExceptionOfType(InferenceException.class)
                .isThrownBy(() -> e.infer(listener, List.of(), tensor("I", 1)))
                .satisfies(error -> assertThat(error.code()).isEqualTo(ErrorCode.UNAVAILABLE));
        assertThat(e.body.releases()).as("still the caller's").isZero();
    }
}
