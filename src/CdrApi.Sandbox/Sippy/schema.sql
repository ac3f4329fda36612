-- The tables of a Sippy Softswitch that CDRs touch. The vendor publishes no DDL: these types are the sandbox's own.

CREATE TABLE customers (
  i_customer    bigint PRIMARY KEY,
  name          text,
  i_wholesaler  bigint REFERENCES customers
);

CREATE TABLE accounts (
  i_account   bigint PRIMARY KEY,
  username    text NOT NULL,
  i_customer  bigint NOT NULL REFERENCES customers
);

CREATE TABLE countries (
  iso   varchar(2) PRIMARY KEY,
  name  text NOT NULL
);

-- Not unique by prefix, since Sippy's is not to be trusted to be.
CREATE TABLE destinations (
  prefix       text NOT NULL,
  country_iso  varchar(2),
  description  text
);
CREATE INDEX destinations_prefix_idx ON destinations (prefix);

CREATE TABLE protocols (
  i_protocol  smallint PRIMARY KEY,
  name        text NOT NULL
);

CREATE TABLE calls (
  i_call         bigint PRIMARY KEY,
  call_id        text,
  cli            varchar(128),
  cld            varchar(128),
  setup_time     timestamptz,
  parent_i_call  bigint
);

CREATE TABLE cdrs (
  i_cdr                bigint PRIMARY KEY,
  i_call               bigint NOT NULL,
  i_account            bigint NOT NULL,
  result               bigint NOT NULL,
  cost                 double precision,
  delay                double precision,
  duration             double precision,
  billed_duration      double precision,
  connect_time         timestamptz,
  disconnect_time      timestamptz,
  cld_in               varchar(128),
  cli_in               varchar(128),
  prefix               text,
  price_1              double precision,
  price_n              double precision,
  interval_1           int,
  interval_n           int,
  post_call_surcharge  double precision,
  connect_fee          double precision,
  free_seconds         bigint,
  grace_period         int,
  remote_ip            varchar(15),
  user_agent           text,
  pdd1xx               double precision,
  i_protocol           smallint,
  release_source       text,
  plan_duration        double precision,
  accessibility_cost   double precision,
  lrn_cld              text,
  lrn_cld_in           text,
  area_name            text,
  p_asserted_id        text,
  remote_party_id      text
);

CREATE TABLE cdrs_connections (
  i_cdrs_connection  bigint PRIMARY KEY,
  i_call             bigint NOT NULL,
  i_connection       bigint NOT NULL,
  cli_out            varchar(128),
  cld_out            varchar(128),
  cost               double precision,
  result             bigint,
  setup_time         timestamptz,
  connect_time       timestamptz,
  disconnect_time    timestamptz,
  pdd100             double precision,
  vendor_name        text
);

CREATE TABLE cdrs_customers (
  i_cdrs_customer  bigint PRIMARY KEY,
  i_cdr            bigint NOT NULL,
  i_call           bigint NOT NULL,
  i_customer       bigint NOT NULL,
  i_wholesaler     bigint,
  cost             double precision
);
