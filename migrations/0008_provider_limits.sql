-- What all hosts together may ask of a provider.
ALTER TABLE callctl.provider ADD COLUMN next_request_at timestamptz;

COMMENT ON COLUMN callctl.provider.next_request_at IS 'the pace: when the request after the last one may be sent';

CREATE TABLE callctl.provider_place (
    provider text NOT NULL REFERENCES callctl.provider,
    call_id bigint NOT NULL REFERENCES callctl.work ON DELETE CASCADE,
    lease_token bigint NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (provider, call_id)
);

COMMENT ON TABLE callctl.provider_place IS 'steps that ask a provider now, where their number is limited';
COMMENT ON COLUMN callctl.provider_place.lease_token IS 'of the worker; the place counts as long as the lease holds';
