package io.nereid.server.grpc;

import io.nereid.inference.InferenceException;
import io.nereid.modelrepo.lifecycle.ModelHandle;
import io.nereid.server.grpc.proto.InferBatchStatistics;
import io.nereid.server.grpc.proto.InferResponseStatistics;
import io.nereid.server.grpc.proto.InferStatistics;
import io.nereid.server.grpc.proto.ModelStatistics;
import io.nereid.server.grpc.proto.ModelStatisticsRequest;
import io.nereid.server.grpc.proto.ModelStatisticsResponse;
import io.nereid.server.grpc.proto.StatisticDuration;
import io.nereid.server.model.ModelCatalog;
import io.nereid.server.model.ServedModel;
import io.nereid.server.protocol.OneAtATime;
import io.nereid.statistics.BatchStatistic;
import io.nereid.statistics.DurationStatistic;
import io.nereid.statistics.ResponseStatistic;
import io.nereid.statistics.StatisticsSnapshot;

import java.util.List;

/**
 * What the ready versions have done. Of all models it is told to one after the other: there may be many, and many who
 * ask. Thread-safe; waits.
 */
final class StatisticsCall {
    private final ModelCatalog models;
    private final OneAtATime turnsOfAll = OneAtATime.forAllModels();

    StatisticsCall(ModelCatalog models) {
        this.models = models;
    }

    ModelStatisticsResponse answer(ModelStatisticsRequest request) throws InferenceException {
        if (!request.getName().isEmpty()) {
            return answer(models.acquireForStatistics(request.getName(), request.getVersion()));
        }
        return turnsOfAll.call(() -> answer(models.acquireAll()));
    }

    /** @param asked released */
    private static ModelStatisticsResponse answer(List<ModelHandle<ServedModel>> asked) {
        try {
            ModelStatisticsResponse.Builder response = ModelStatisticsResponse.newBuilder();
            asked.forEach(model -> response.addModelStats(statistics(model)));
            return response.build();
        } finally {
            asked.forEach(ModelHandle::release);
        }
    }

    private static ModelStatistics statistics(ModelHandle<ServedModel> model) {
        StatisticsSnapshot snapshot = model.model().statistics().snapshot();
        ModelStatistics.Builder statistics = ModelStatistics.newBuilder().setName(model.name())
                .setVersion(Long.toString(model.version())).setLastInference(snapshot.lastInferenceMillis())
                .setInferenceCount(snapshot.inferenceCount()).setExecutionCount(snapshot.executionCount())
                .setInferenceStats(requests(snapshot));
        snapshot.batches().forEach(batch -> statistics.addBatchStats(batch(batch)));
        for (int i = 0; i < snapshot.responses().size(); i++) {
            statistics.putResponseStats(Integer.toString(i), response(snapshot.responses().get(i)));
        }
        return statistics.build();
    }

    private static InferResponseStatistics response(ResponseStatistic response) {
        return InferResponseStatistics.newBuilder().setComputeInfer(duration(response.computeInfer()))
                .setComputeOutput(duration(response.computeOutput())).setSuccess(duration(response.success()))
                .setFail(duration(response.fail())).setEmptyResponse(duration(response.emptyResponse()))
                .setCancel(duration(response.cancel())).build();
    }

    private static InferStatistics requests(StatisticsSnapshot snapshot) {
        return InferStatistics.newBuilder().setSuccess(duration(snapshot.success())).setFail(duration(snapshot.fail()))
                .setQueue(duration(snapshot.queue())).setComputeInput(duration(snapshot.computeInput()))
                .setComputeInfer(duration(snapshot.computeInfer())).setComputeOutput(duration(snapshot.computeOutput()))
                .setCacheHit(duration(snapshot.cacheHit())).setCacheMiss(duration(snapshot.cacheMiss())).build();
    }

    private static InferBatchStatistics batch(BatchStatistic batch) {
        return InferBatchStatistics.newBuilder().setBatchSize(batch.batchSize())
                .setComputeInput(duration(batch.computeInput())).setComputeInfer(duration(batch.computeInfer()))
                .setComputeOutput(duration(batch.computeOutput())).build();
    }

    private static StatisticDuration duration(DurationStatistic duration) {
        return StatisticDuration.newBuilder().setCount(duration.count()).setNs(duration.nanos()).build();
    }
}
