package io.nereid.server.model.loading;

import io.nereid.backend.Abandonment;
import io.nereid.backend.BackendModel;
import io.nereid.backend.CpuBudget;
import io.nereid.inference.InputMemory;
import io.nereid.modelrepo.config.ModelConfig;
import io.nereid.scheduler.InternalErrorLog;
import io.nereid.server.model.warmup.Warmup;
import io.nereid.statistics.ModelStatistics;

/**
 * A version whose files a backend has loaded, and of which there is no instance yet.
 *
 * @param config complete
 * @param backendModel makes its instances
 * @param inputMemory where it wants its inputs
 * @param warmup what they run first
 * @param cpus the processors that all models share
 * @param statistics what it will have done
 * @param internalErrors receives what no contract allows
 * @param abandonment of the load
 */
record LoadedVersion(ModelConfig config, BackendModel backendModel, InputMemory inputMemory, Warmup warmup,
        CpuBudget cpus,
        ModelStatistics statistics, InternalErrorLog internalErrors, Abandonment abandonment) {}
