-- SPDX-License-Identifier: Apache-2.0
-- The result of wrk as one line of JSON. Alone it is a script of GET requests.
function done(summary, latency, requests)
    local failed = summary.errors.status + summary.errors.connect + summary.errors.read + summary.errors.write +
        summary.errors.timeout
    io.write(string.format('RESULT {"requests":%d,"seconds":%.6f,"errors":%d,"p50_us":%d,"p99_us":%d}\n',
        summary.requests, summary.duration / 1e6, failed, latency:percentile(50), latency:percentile(99)))
end
