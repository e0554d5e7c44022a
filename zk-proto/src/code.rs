//! The numbers of the protocol that have names: operations and errors.

use core::fmt;

/// One table for both enums: a variant, its number on the wire, and how it reads.
macro_rules! numbers {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $code:literal, $text:literal;)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$doc])* $variant,)+
            /// A number that this crate has no name for, kept as it came.
            Unknown(i32),
        }

        impl $name {
            /// All that have a name.
            pub const NAMED: &'static [Self] = &[$(Self::$variant,)+];

            /// The variant of a number of the wire.
            #[inline]
            #[must_use]
            pub const fn from_code(code: i32) -> Self {
                match code {
                    $($code => Self::$variant,)+
                    other => Self::Unknown(other),
                }
            }

            /// The number on the wire.
            #[inline]
            #[must_use]
            pub const fn code(self) -> i32 {
                match self {
                    $(Self::$variant => $code,)+
                    Self::Unknown(code) => code,
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self {
                    $(Self::$variant => f.write_str($text),)+
                    Self::Unknown(code) => write!(f, "code {code}"),
                }
            }
        }
    };
}

numbers! {
    /// What a request asks for (`ZooDefs.OpCode`).
    OpCode {
        /// A frame of the server that answers no request.
        Notification = 0, "notification";
        /// Creates a node and answers its path.
        Create = 1, "create";
        /// Deletes a node.
        Delete = 2, "delete";
        /// Asks whether a node exists.
        Exists = 3, "exists";
        /// Reads a node.
        GetData = 4, "getData";
        /// Writes a node.
        SetData = 5, "setData";
        /// Reads the access control list of a node.
        GetAcl = 6, "getACL";
        /// Replaces the access control list of a node.
        SetAcl = 7, "setACL";
        /// Lists the children of a node.
        GetChildren = 8, "getChildren";
        /// Lets the server catch up with the leader.
        Sync = 9, "sync";
        /// Keeps the session alive.
        Ping = 11, "ping";
        /// Lists the children of a node, with its stat.
        GetChildren2 = 12, "getChildren2";
        /// Compares a version; only inside of a transaction.
        Check = 13, "check";
        /// A transaction.
        Multi = 14, "multi";
        /// Creates a node and answers its path and stat.
        Create2 = 15, "create2";
        /// Changes the ensemble.
        Reconfig = 16, "reconfig";
        /// Asks whether a watch is set.
        CheckWatches = 17, "checkWatches";
        /// Removes watches.
        RemoveWatches = 18, "removeWatches";
        /// Creates a container node.
        CreateContainer = 19, "createContainer";
        /// Deletes a container node; the server's own.
        DeleteContainer = 20, "deleteContainer";
        /// Creates a node with a time to live.
        CreateTtl = 21, "createTTL";
        /// Several reads in one.
        MultiRead = 22, "multiRead";
        /// Adds an identity to the connection.
        Auth = 100, "auth";
        /// Sets watches again after a reconnect.
        SetWatches = 101, "setWatches";
        /// A step of a SASL exchange.
        Sasl = 102, "sasl";
        /// Lists the ephemeral nodes of the session.
        GetEphemerals = 103, "getEphemerals";
        /// Counts the descendants of a node.
        GetAllChildrenNumber = 104, "getAllChildrenNumber";
        /// Sets watches of all kinds again after a reconnect.
        SetWatches2 = 105, "setWatches2";
        /// Adds a persistent watch.
        AddWatch = 106, "addWatch";
        /// Lists the identities of the connection.
        WhoAmI = 107, "whoAmI";
        /// Opens a session; the server's own.
        CreateSession = -10, "createSession";
        /// Ends the session.
        CloseSession = -11, "closeSession";
        /// The place of an error among the results of a transaction.
        Error = -1, "error";
    }
}

numbers! {
    /// Why the server said no (`KeeperException.Code`, and what the C client and others add).
    ErrorCode {
        /// The server failed.
        SystemError = -1, "system error";
        /// An operation of a transaction that was not tried, because another one failed.
        RuntimeInconsistency = -2, "runtime inconsistency";
        /// The server found its data inconsistent.
        DataInconsistency = -3, "data inconsistency";
        /// The server lost a connection of its own.
        ConnectionLoss = -4, "connection loss";
        /// The server could not read the request.
        MarshallingError = -5, "marshalling error";
        /// The server does not know the operation, or it is switched off.
        Unimplemented = -6, "not implemented by this server";
        /// The operation took the server too long.
        OperationTimeout = -7, "operation timeout";
        /// The server refuses the arguments.
        BadArguments = -8, "bad arguments";
        /// The handle is in no state for it (C client).
        InvalidState = -9, "invalid state";
        /// The server has no memory left (ClickHouse Keeper).
        OutOfMemory = -10, "out of memory";
        /// The server does not know the session.
        UnknownSession = -12, "unknown session";
        /// No quorum of the new ensemble is connected.
        NewConfigNoQuorum = -13, "no quorum of the new configuration is connected";
        /// Another reconfiguration is under way.
        ReconfigInProgress = -14, "another reconfiguration is in progress";
        /// TLS failed (C client).
        SslConnectionError = -15, "ssl connection error";
        /// Where the errors about the data begin; never sent.
        ApiError = -100, "api error";
        /// The node, or its parent, does not exist.
        NoNode = -101, "no such node";
        /// The access control list forbids it.
        NoAuth = -102, "not authorized";
        /// The version is not the expected one.
        BadVersion = -103, "version conflict";
        /// An ephemeral node cannot have children.
        NoChildrenForEphemerals = -108, "ephemeral nodes cannot have children";
        /// The node exists already.
        NodeExists = -110, "node exists already";
        /// The node has children.
        NotEmpty = -111, "node has children";
        /// The session has expired.
        SessionExpired = -112, "session expired";
        /// A callback was invalid (Java client).
        InvalidCallback = -113, "invalid callback";
        /// The access control list is not acceptable.
        InvalidAcl = -114, "invalid access control list";
        /// The identity was refused.
        AuthFailed = -115, "authentication failed";
        /// The handle is closing (C client).
        Closing = -116, "closing";
        /// Nothing to do (C client).
        Nothing = -117, "nothing to do";
        /// The session has moved to another server.
        SessionMoved = -118, "session moved to another server";
        /// The server is read-only.
        NotReadOnly = -119, "not allowed on a read-only server";
        /// A local session cannot create ephemeral nodes.
        EphemeralOnLocalSession = -120, "local sessions cannot create ephemeral nodes";
        /// There is no such watch.
        NoWatcher = -121, "no such watch";
        /// The request took too long (Java client).
        RequestTimeout = -122, "request timeout";
        /// The server does not allow reconfiguration.
        ReconfigDisabled = -123, "reconfiguration is disabled";
        /// The server demands authentication and has closed the session.
        SessionClosedRequireSaslAuth = -124, "the server requires authentication";
        /// A quota would be exceeded.
        QuotaExceeded = -125, "quota exceeded";
        /// The server is overloaded and did not try; safe to repeat later.
        Throttled = -127, "throttled by the server";
    }
}

impl ErrorCode {
    /// The error of a reply header, or `None` for success.
    #[must_use]
    pub const fn of_reply(code: i32) -> Option<Self> {
        match code {
            0 => None,
            code => Some(Self::from_code(code)),
        }
    }
}
