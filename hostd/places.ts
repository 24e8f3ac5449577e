// The names of files in the data directory.
export const SOCKET_FILE = "hostd.sock";
export const RACK_SOCKET_FILE = "rack.sock";
export const DATABASE_FILE = "hostd.db";
export const ADMIN_PASSWORD_FILE = "admin-password";
export const ACCOUNTS_FILE = "broker-accounts.json";
export const BROKER_PASSWORD_FILE = "broker-password";
export const CONFIG_FILE = "shack.yaml";
export const PUSH_FILE = "module-push.json";
export const KEYS_DIR = "module-keys";
